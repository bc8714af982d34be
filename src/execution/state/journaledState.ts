import type { Address, Hash } from '../../base/hex.ts'
import { emptyTrieRoot } from '../../protocol/header.ts'
import { type Account, emptyAccount, emptyCodeHash, isEmptyAccount } from './account.ts'
import {
  type AccountChange,
  codeHashOf,
  type StateChanges,
  type StorageValue,
  type WorldState,
} from './worldState.ts'

/**
 * A state under change: flat maps over a {@link WorldState}, with checkpoints that can be undone.
 *
 * Lives as long as one block, or one `eth_call`. The trie is touched once, by {@link WorldState.apply}
 * on {@link JournaledState.changes}.
 */
export class JournaledState {
  readonly #base: WorldState
  readonly #accounts = new Map<Address, Account | undefined>()
  readonly #storage = new Map<Address, Map<Hash, StorageValue>>()
  /** Accounts whose storage of before this block is gone. */
  readonly #cleared = new Map<Address, true>()
  readonly #code = new Map<Hash, Uint8Array>()
  /** What was read of the base, so that it is looked up in the trie once. */
  readonly #readAccounts = new Map<Address, Account | undefined>()
  readonly #readStorage = new Map<Address, Map<Hash, StorageValue>>()
  /** Values that slots had when the transaction began, of those that it wrote. */
  readonly #originals = new Map<Address, Map<Hash, StorageValue>>()
  readonly #undo: Undo[] = []
  readonly #checkpoints: number[] = []

  constructor(base: WorldState) {
    this.#base = base
  }

  account(address: Address): Account | undefined {
    const changed = this.#accounts.get(address)
    if (changed !== undefined || this.#accounts.has(address)) return changed
    return this.#baseAccount(address)
  }

  setAccount(address: Address, account: Account): void {
    this.#write(this.#accounts, address, account)
  }

  /** Removes the account with its storage. Its code stays: others may have the same. */
  deleteAccount(address: Address): void {
    if (this.account(address) === undefined) return
    this.#write(this.#accounts, address, undefined)
    this.clearStorage(address)
  }

  /** Adds to a balance, creating the account where that makes it more than empty. */
  addBalance(address: Address, amount: bigint): void {
    const account = this.account(address)
    const balance = (account?.balance ?? 0n) + amount
    if (account === undefined && balance === 0n) return
    this.setAccount(address, { ...(account ?? emptyAccount), balance })
  }

  /** EIP-161: removes an account that a transaction touched and left empty. */
  sweep(address: Address): void {
    const account = this.account(address)
    if (account !== undefined && isEmptyAccount(account)) this.deleteAccount(address)
  }

  storage(address: Address, slot: Hash): StorageValue {
    const changed = this.#storage.get(address)?.get(slot)
    return changed ?? this.#baseStorage(address, slot)
  }

  setStorage(address: Address, slot: Hash, value: StorageValue): void {
    const originals = subMap(this.#originals, address)
    if (!originals.has(slot)) originals.set(slot, this.storage(address, slot))
    this.#write(subMap(this.#storage, address), slot, value)
  }

  /** The value that a slot had when the transaction began. */
  originalStorage(address: Address, slot: Hash): StorageValue {
    return this.#originals.get(address)?.get(slot) ?? this.storage(address, slot)
  }

  clearStorage(address: Address): void {
    const hadBefore = this.#baseAccount(address)?.storageRoot ?? emptyTrieRoot
    if (hadBefore !== emptyTrieRoot) this.#write(this.#cleared, address, true)
    if (this.#storage.has(address)) this.#write(this.#storage, address, new Map())
  }

  /** The account's own code, empty where it has none. */
  code(address: Address): Uint8Array {
    const hash = this.account(address)?.codeHash ?? emptyCodeHash
    return this.#code.get(hash) ?? this.#base.code(hash)
  }

  setCode(address: Address, code: Uint8Array): void {
    const codeHash = codeHashOf(code)
    this.#code.set(codeHash, code)
    this.setAccount(address, { ...(this.account(address) ?? emptyAccount), codeHash })
  }

  /** Forgets which values slots had before: from here on they are those of now. */
  beginTransaction(): void {
    this.#originals.clear()
  }

  checkpoint(): void {
    this.#checkpoints.push(this.#undo.length)
  }

  /** Keeps what was done since the last checkpoint. */
  commit(): void {
    this.#checkpoints.pop()
    if (this.#checkpoints.length === 0) this.#undo.length = 0
  }

  /** Undoes what was done since the last checkpoint. */
  revert(): void {
    const length = this.#checkpoints.pop() ?? 0
    while (this.#undo.length > length) {
      const { map, key, previous } = this.#undo.pop()!
      if (previous === missing) map.delete(key)
      else map.set(key, previous)
    }
  }

  /** Undoes what was done since the first checkpoint, however many were left open since. */
  revertAll(): void {
    while (this.#checkpoints.length > 0) this.revert()
  }

  /** Everything that is different from the base, for {@link WorldState.apply}. */
  changes(): StateChanges {
    const accounts = new Map<Address, AccountChange>()
    const code = new Map<Hash, Uint8Array>()
    const maps = [this.#accounts, this.#storage, this.#cleared]
    const changed = new Set(maps.flatMap((map) => [...map.keys()]))
    for (const address of changed) {
      const account = this.account(address)
      const storage = this.#storage.get(address) ?? noStorage
      // Storage of an account that is not there cannot be kept: the trie has no place for it.
      if (account === undefined && this.#baseAccount(address) === undefined) continue
      accounts.set(address, { account, clearStorage: this.#cleared.has(address), storage })
      const bytes = account && this.#code.get(account.codeHash)
      if (bytes !== undefined && bytes.length > 0) code.set(account!.codeHash, bytes)
    }
    return { accounts, code }
  }

  #baseAccount(address: Address): Account | undefined {
    const read = this.#readAccounts.get(address)
    if (read !== undefined || this.#readAccounts.has(address)) return read
    const account = this.#base.account(address)
    this.#readAccounts.set(address, account)
    return account
  }

  #baseStorage(address: Address, slot: Hash): StorageValue {
    if (this.#cleared.has(address)) return zeroValue
    const slots = subMap(this.#readStorage, address)
    let value = slots.get(slot)
    if (value === undefined) {
      const account = this.#baseAccount(address)
      value = account === undefined ? zeroValue : this.#base.storageAt(account.storageRoot, slot)
      slots.set(slot, value)
    }
    return value
  }

  #write<K, V>(map: Map<K, V>, key: K, value: V): void {
    if (this.#checkpoints.length > 0) {
      const previous = map.get(key)
      const wasThere = previous !== undefined || map.has(key)
      this.#undo.push({ map, key, previous: wasThere ? previous : missing })
    }
    map.set(key, value)
  }
}

interface Undo {
  readonly map: Map<unknown, unknown>
  readonly key: unknown
  readonly previous: unknown
}

const missing = Symbol('missing')
const zeroValue: StorageValue = new Uint8Array(0)
const noStorage: ReadonlyMap<Hash, StorageValue> = new Map()

function subMap<V>(map: Map<Address, Map<Hash, V>>, address: Address): Map<Hash, V> {
  let inner = map.get(address)
  if (inner === undefined) {
    inner = new Map()
    map.set(address, inner)
  }
  return inner
}
