import { bigIntToMinimalBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import type { Address, Hash } from '../../base/hex.ts'
import type { Parser } from '../../jsonrpc/params.ts'
import type { BlockContext } from '../evm/opEvm.ts'
import { emptyAccount } from '../state/account.ts'
import type { JournaledState } from '../state/journaledState.ts'
import {
  field,
  parseAddress,
  parseBytes,
  parseHash,
  parseObject,
  parseSlot,
  parseUint64,
  parseUint256,
} from './params.ts'

/** What a call pretends about an account. */
export interface AccountOverride {
  readonly nonce: bigint | undefined
  /** Wei. */
  readonly balance: bigint | undefined
  readonly code: Uint8Array | undefined
  /** All of the account's storage, instead of what it has. */
  readonly state: ReadonlyMap<Hash, bigint> | undefined
  /** Single slots. */
  readonly stateDiff: ReadonlyMap<Hash, bigint> | undefined
}

export type StateOverrides = ReadonlyMap<Address, AccountOverride>

/** What a call pretends about the block. */
export type BlockOverrides = Partial<Omit<BlockContext, 'blockHash'>>

/** @see https://geth.ethereum.org/docs/interacting-with-geth/rpc/objects#state-override-set */
export const parseStateOverrides: Parser<StateOverrides> = (json) =>
  new Map(
    Object.entries(parseObject(json)).map(([address, override]) => [
      parseAddress(address),
      parseAccountOverride(override),
    ]),
  )

/** @see https://geth.ethereum.org/docs/interacting-with-geth/rpc/objects#block-overrides */
export const parseBlockOverrides: Parser<BlockOverrides> = (json) => {
  const object = parseObject(json)
  const given = {
    number: field(object, 'number', parseUint64),
    timestamp: field(object, 'time', parseUint64),
    gasLimit: field(object, 'gasLimit', parseUint64),
    feeRecipient: field(object, 'feeRecipient', parseAddress),
    prevRandao: field(object, 'prevRandao', parseHash),
    baseFee: field(object, 'baseFeePerGas', parseUint256),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

export function applyStateOverrides(state: JournaledState, overrides: StateOverrides): void {
  for (const [address, override] of overrides) {
    const { nonce, balance, code } = override
    if (nonce !== undefined || balance !== undefined) {
      const account = state.account(address) ?? emptyAccount
      state.setAccount(address, {
        ...account,
        nonce: nonce ?? account.nonce,
        balance: balance ?? account.balance,
      })
    }
    if (code !== undefined) state.setCode(address, code)
    if (override.state !== undefined) state.clearStorage(address)
    for (const [slot, value] of override.state ?? override.stateDiff ?? []) {
      state.setStorage(address, slot, bigIntToMinimalBytes(value))
    }
  }
  // The overrides are what the call finds, not what it did.
  state.beginTransaction()
}

const parseAccountOverride: Parser<AccountOverride> = (json) => {
  const object = parseObject(json)
  const override = {
    nonce: field(object, 'nonce', parseUint64),
    balance: field(object, 'balance', parseUint256),
    code: field(object, 'code', parseBytes),
    state: field(object, 'state', parseSlots),
    stateDiff: field(object, 'stateDiff', parseSlots),
  }
  if (override.state !== undefined && override.stateDiff !== undefined) {
    throw new DecodeError('CALL_OVERRIDE', 'an account has both state and stateDiff')
  }
  if (object['movePrecompileToAddress'] !== undefined) {
    throw new DecodeError('CALL_OVERRIDE', 'movePrecompileToAddress is not supported')
  }
  return override
}

const parseSlots: Parser<ReadonlyMap<Hash, bigint>> = (json) =>
  new Map(
    Object.entries(parseObject(json)).map(([slot, value]) => [parseSlot(slot), parseWord(value)]),
  )

const parseWord: Parser<bigint> = (json) => BigInt(parseHash(json))
