import { type Address, bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import { keccak256, keccak256Hex } from '../../base/keccak.ts'
import { rlpBytes, rlpDecode, rlpEncode } from '../../base/rlp.ts'
import { emptyTrieRoot } from '../../protocol/header.ts'
import type { MerkleTrie, StoredNode } from '../../trie/merkleTrie.ts'
import type { TrieEntry } from '../../trie/trieUpdate.ts'
import {
  type Account,
  decodeAccount,
  emptyAccount,
  emptyCodeHash,
  encodeAccount,
} from './account.ts'
import type { StateDatabase } from './stateDatabase.ts'

/** A storage value: big-endian without leading zeros; zero is empty. */
export type StorageValue = Uint8Array

/** What a block does to the state, account by account. */
export interface StateChanges {
  readonly accounts: ReadonlyMap<Address, AccountChange>
  /** Code that accounts of the changes refer to and that may be new, by its keccak256. */
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

export interface AccountChange {
  /** `undefined` deletes the account with all its storage. Its `storageRoot` is not looked at. */
  readonly account: Account | undefined
  /** All older storage goes first. */
  readonly clearStorage: boolean
  /** By slot. */
  readonly storage: ReadonlyMap<Hash, StorageValue>
}

/** What has to be stored for a state to be found again by its root. */
export interface NewStateContent {
  readonly nodes: readonly StoredNode[]
  /** By its keccak256. */
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

/** Proof of an account and of some of its slots, as `eth_getProof` gives it. */
export interface AccountProof {
  readonly account: Account
  readonly accountProof: readonly Uint8Array[]
  readonly storageProof: readonly {
    readonly slot: Hash
    readonly value: StorageValue
    readonly proof: readonly Uint8Array[]
  }[]
}

/** All accounts, storage and code as of one block. Never changes. */
export class WorldState {
  readonly root: Hash
  readonly #database: StateDatabase
  readonly #accounts: MerkleTrie
  /** Content of this state that its source may not hold yet, so that it can be read before it is stored. */
  readonly #fresh: FreshContent

  private constructor(
    database: StateDatabase,
    root: Hash,
    accounts: MerkleTrie,
    fresh: FreshContent,
  ) {
    this.#database = database
    this.root = root
    this.#accounts = accounts
    this.#fresh = fresh
  }

  /** The state with that root. What the database lacks shows when it is read. */
  static at(database: StateDatabase, root: Hash): WorldState {
    return new WorldState(database, root, database.trie(root), noFreshContent)
  }

  /** The state without accounts. */
  static empty(database: StateDatabase): WorldState {
    return WorldState.at(database, emptyTrieRoot)
  }

  /** @throws {MissingNodeError} when the database is incomplete; so do all reads. */
  account(address: Address): Account | undefined {
    const rlp = this.#accounts.get(keccak256(hexToBytes(address)))
    return rlp === undefined ? undefined : decodeAccount(rlp)
  }

  /** The value of a slot of the storage with that root; empty for zero. */
  storageAt(storageRoot: Hash, slot: Hash): StorageValue {
    if (storageRoot === emptyTrieRoot) return zeroValue
    const rlp = this.#storageTrie(storageRoot).get(keccak256(hexToBytes(slot)))
    return rlp === undefined ? zeroValue : rlpBytes(rlpDecode(rlp))
  }

  /** The value of an account's slot; empty for zero and for accounts that are not there. */
  storage(address: Address, slot: Hash): StorageValue {
    const account = this.account(address)
    return account === undefined ? zeroValue : this.storageAt(account.storageRoot, slot)
  }

  /** @throws {MissingCodeError} */
  code(hash: Hash): Uint8Array {
    return this.#fresh.code.get(hash) ?? this.#database.code(hash)
  }

  /** Proof of an account, or of its absence, and of slots of it. */
  prove(address: Address, slots: readonly Hash[]): AccountProof {
    const account = this.account(address) ?? emptyAccount
    const storage = this.#storageTrie(account.storageRoot)
    return {
      account,
      accountProof: this.#accounts.prove(keccak256(hexToBytes(address))),
      storageProof: slots.map((slot) => ({
        slot,
        value: this.storageAt(account.storageRoot, slot),
        proof: storage.prove(keccak256(hexToBytes(slot))),
      })),
    }
  }

  /** The state after `changes`, and what of it has to be stored. */
  apply(changes: StateChanges): { readonly state: WorldState; readonly content: NewStateContent } {
    const nodes: StoredNode[] = []
    const tries = new Map<Hash, MerkleTrie>()
    const entries: TrieEntry[] = []
    for (const [address, change] of changes.accounts) {
      const key = keccak256(hexToBytes(address))
      if (change.account === undefined) {
        entries.push({ key, value: undefined })
        continue
      }
      const previous = change.clearStorage
        ? emptyTrieRoot
        : (this.account(address)?.storageRoot ?? emptyTrieRoot)
      const storage = this.#storageTrie(previous).update(storageEntries(change.storage))
      const storageRoot = bytesToHex(storage.trie.rootHash)
      nodes.push(...storage.created)
      if (storageRoot !== previous) {
        tries.set(storageRoot, storage.trie)
        this.#database.remember(storageRoot, storage.trie, storage.created.length)
      }
      entries.push({ key, value: encodeAccount({ ...change.account, storageRoot }) })
    }
    const { trie, created } = this.#accounts.update(entries)
    nodes.push(...created)
    const root = bytesToHex(trie.rootHash)
    this.#database.remember(root, trie, created.length)
    const state = new WorldState(this.#database, root, trie, { tries, code: changes.code })
    return { state, content: { nodes, code: changes.code } }
  }

  #storageTrie(root: Hash): MerkleTrie {
    return this.#fresh.tries.get(root) ?? this.#database.trie(root)
  }
}

/** keccak256 of code, as accounts refer to it. */
export function codeHashOf(code: Uint8Array): Hash {
  return code.length === 0 ? emptyCodeHash : keccak256Hex(code)
}

interface FreshContent {
  readonly tries: ReadonlyMap<Hash, MerkleTrie>
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

const noFreshContent: FreshContent = { tries: new Map(), code: new Map() }
const zeroValue: StorageValue = new Uint8Array(0)

function storageEntries(storage: ReadonlyMap<Hash, StorageValue>): TrieEntry[] {
  const entries: TrieEntry[] = []
  for (const [slot, value] of storage) {
    entries.push({
      key: keccak256(hexToBytes(slot)),
      value: value.length === 0 ? undefined : rlpEncode(value),
    })
  }
  return entries
}
