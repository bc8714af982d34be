import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { Account as EvmAccount, type Address as EvmAddress } from '@ethereumjs/util'
import { type Address, bytesToHex, hexToBytes } from '../../base/hex.ts'
import type { Account } from '../state/account.ts'
import type { JournaledState } from '../state/journaledState.ts'
import type { PausePoints } from './pausePoints.ts'

/**
 * A {@link JournaledState} as the EVM library wants to see state.
 *
 * The library changes the accounts that it is given, so each call gets an object of its own.
 */
export class EvmStateManager implements StateManagerInterface {
  /** The state that the EVM works on; another for every message. */
  #state: JournaledState
  readonly #pausePoints: PausePoints

  readonly originalStorageCache: StateManagerInterface['originalStorageCache']

  constructor(state: JournaledState, pausePoints: PausePoints) {
    this.#state = state
    this.#pausePoints = pausePoints
    this.originalStorageCache = {
      get: async (address, key) => this.#state.originalStorage(addressOf(address), bytesToHex(key)),
      clear: () => {},
    }
  }

  /** Turns to another state. Nothing may run meanwhile. */
  use(state: JournaledState): void {
    this.#state = state
  }

  async getAccount(address: EvmAddress): Promise<EvmAccount | undefined> {
    const account = this.#state.account(addressOf(address))
    return account && toEvmAccount(account)
  }

  async putAccount(address: EvmAddress, account?: EvmAccount): Promise<void> {
    if (account === undefined) return this.deleteAccount(address)
    this.#state.setAccount(addressOf(address), fromEvmAccount(account))
  }

  async deleteAccount(address: EvmAddress): Promise<void> {
    this.#state.deleteAccount(addressOf(address))
  }

  async modifyAccountFields(address: EvmAddress, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new EvmAccount()
    await this.putAccount(address, Object.assign(account, fields))
  }

  async putCode(address: EvmAddress, code: Uint8Array): Promise<void> {
    this.#state.setCode(addressOf(address), code)
  }

  async getCode(address: EvmAddress): Promise<Uint8Array> {
    return this.#state.code(addressOf(address))
  }

  async getCodeSize(address: EvmAddress): Promise<number> {
    return this.#state.code(addressOf(address)).length
  }

  async getStorage(address: EvmAddress, key: Uint8Array): Promise<Uint8Array> {
    return this.#state.storage(addressOf(address), bytesToHex(key))
  }

  async putStorage(address: EvmAddress, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#state.setStorage(addressOf(address), bytesToHex(key), withoutLeadingZeros(value))
  }

  async clearStorage(address: EvmAddress): Promise<void> {
    this.#state.clearStorage(addressOf(address))
  }

  /** Begins a call frame. */
  async checkpoint(): Promise<void> {
    await this.#pausePoints.call()
    this.#state.checkpoint()
  }

  async commit(): Promise<void> {
    this.#state.commit()
  }

  async revert(): Promise<void> {
    this.#state.revert()
  }

  clearCaches(): void {}

  // Roots and copies belong to the world state; the EVM itself never asks for them.
  async getStateRoot(): Promise<Uint8Array> {
    throw unsupported('getStateRoot')
  }

  async setStateRoot(): Promise<void> {
    throw unsupported('setStateRoot')
  }

  async hasStateRoot(): Promise<boolean> {
    throw unsupported('hasStateRoot')
  }

  shallowCopy(): StateManagerInterface {
    throw unsupported('shallowCopy')
  }
}

function addressOf(address: EvmAddress): Address {
  return bytesToHex(address.bytes)
}

function toEvmAccount(account: Account): EvmAccount {
  return new EvmAccount(
    account.nonce,
    account.balance,
    hexToBytes(account.storageRoot),
    hexToBytes(account.codeHash),
  )
}

function fromEvmAccount(account: EvmAccount): Account {
  return {
    nonce: account.nonce,
    balance: account.balance,
    storageRoot: bytesToHex(account.storageRoot),
    codeHash: bytesToHex(account.codeHash),
  }
}

function withoutLeadingZeros(value: Uint8Array): Uint8Array {
  let start = 0
  while (start < value.length && value[start] === 0) start++
  return start === 0 ? value : value.subarray(start)
}

function unsupported(method: string): Error {
  return new Error(`the EVM asked its state for ${method}, which execution does not need`)
}
