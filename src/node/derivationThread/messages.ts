import { concatBytes } from '../../base/bytes.ts'
import type { L1ChainConfig } from '../../chain/l1Chain.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { DerivedAttributes } from '../../derive/derivedAttributes.ts'
import type { SafeChainProvider } from '../../derive/providers.ts'
import type { DerivationOutcome } from '../../driver/derivation.ts'
import { errorFromWire, type WireError } from '../../execution/worker/wireError.ts'
import type { ObservedRequest } from '../../jsonrpc/client.ts'
import type { PayloadAttributes } from '../../protocol/payload.ts'
import type { UpgradeBundles } from '../../protocol/upgrade/upgradeTransactions.ts'
import type { LogFields } from '../../runtime/logger.ts'
import type { PendingCalls } from '../../runtime/pendingCalls.ts'
import type { CountableDerivationEvent } from '../observer.ts'
import type { BeaconOptions, L1Options } from '../options.ts'

/** What the derivation thread is started with; crosses threads by structured clone. */
export interface DerivationThreadOptions {
  readonly config: RollupConfig
  readonly upgradeBundles: UpgradeBundles
  readonly l1: L1Options
  readonly l1Chain: L1ChainConfig
  readonly beacon: BeaconOptions
  /** L1 is anvil: it serves blobs itself, by block hash. */
  readonly isAnvil: boolean
  /** Tell what can be counted and measured. */
  readonly isObserved: boolean
}

/** A call into the thread. */
export type DerivationCall =
  | {
      readonly method: 'reset'
      readonly safeHead: L2BlockRef
      readonly readUpTo: bigint | undefined
    }
  | { readonly method: 'next'; readonly safeHead: L2BlockRef }
  | {
      readonly method: 'depositsOnly'
      readonly parent: BlockId
      readonly derivedFrom: L1BlockRef
    }

/** What the thread reads of L2, by the name that it has on the interface. */
export type SafeChainCall = keyof SafeChainProvider

/** From the node to the thread. */
export type ToDerivation =
  | { readonly type: 'call'; readonly id: number; readonly call: DerivationCall }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'horizon'; readonly number: bigint }
  | ({ readonly type: 'answer' } & Answer)
  | { readonly type: 'close' }
  /** See `DerivationThread.crash`. */
  | { readonly type: 'crash' }

/** From the thread to the node. */
export type FromDerivation =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: WireError }
  | ({ readonly type: 'result' } & Answer)
  | {
      readonly type: 'l2'
      readonly id: number
      readonly method: SafeChainCall
      readonly args: readonly unknown[]
    }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly message: string
      readonly fields: LogFields | undefined
    }
  | { readonly type: 'event'; readonly event: CountableDerivationEvent }
  | { readonly type: 'request'; readonly request: ObservedRequest }

/** The end of a call, in either direction. */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: WireError
}

/** Attributes with all transactions in one buffer, which changes hands instead of being copied. */
export interface PackedAttributes extends Omit<DerivedAttributes, 'attributes'> {
  readonly attributes: Omit<PayloadAttributes, 'transactions'>
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of each transaction. */
  readonly lengths: readonly number[]
}

/** A {@link DerivationOutcome} whose attributes are packed. */
export type PackedOutcome =
  | Exclude<DerivationOutcome, { type: 'attributes' }>
  | { readonly type: 'attributes'; readonly derived: PackedAttributes; readonly origin: L1BlockRef }

/**
 * Packs attributes to be transferred. The transactions are often views of a whole inflated channel, which a plain
 * message would copy with each of them.
 */
export function packAttributes(derived: DerivedAttributes): PackedAttributes {
  const { transactions, ...attributes } = derived.attributes
  return {
    ...derived,
    attributes,
    bytes: concatBytes(...transactions) as Uint8Array<ArrayBuffer>,
    lengths: transactions.map(({ length }) => length),
  }
}

/** The inverse of {@link packAttributes}; the transactions are views of the buffer. */
export function unpackAttributes(packed: PackedAttributes): DerivedAttributes {
  const { bytes, lengths, ...derived } = packed
  let end = 0
  const transactions = lengths.map((length) => {
    end += length
    return bytes.subarray(end - length, end)
  })
  return { ...derived, attributes: { ...derived.attributes, transactions } }
}

/** Hands an answer to the call that waits for it, if it still does. */
export function settleCall(calls: PendingCalls, { id, value, error }: Answer): void {
  if (error === undefined) calls.resolve(id, value)
  else calls.reject(id, errorFromWire(error))
}
