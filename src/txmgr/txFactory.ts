import { ChainError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { bytesToHex } from '../base/hex.ts'
import { maxBigInt } from '../base/minMaxBigInt.ts'
import { transactionHash } from '../protocol/transaction.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { isRefusal, type L1TxBackend, type Refusal, type TxCall } from './backend.ts'
import { BlobTips } from './blobTips.ts'
import { isSignedFor, wrapBlobs } from './encoding.ts'
import { firstFees, raiseFees, type TxFees } from './fees.ts'
import type {
  BlobProver,
  FeeSuggestion,
  Signer,
  TxCandidate,
  UnsignedTransaction,
} from './interface.ts'
import type { TxManagerOptions } from './options.ts'
import { revertReason } from './revertReason.ts'
import { classifyRefusal } from './sendRefusal.ts'
import { BlobSidecars, type SidecarVersion } from './sidecar.ts'
import { TxError } from './txError.ts'

/** A signed transaction, and what it takes to make a dearer one of it. */
export interface PreparedTx {
  readonly hash: Hash
  readonly unsigned: UnsignedTransaction
  /** EIP-2718 bytes without blobs. */
  readonly signed: Uint8Array
  readonly fees: TxFees
  readonly sidecars: BlobSidecars | undefined
}

/** A transaction that lacks only its nonce and its signature. */
export interface TxDraft {
  readonly candidate: TxCandidate
  readonly fees: TxFees
  readonly gasLimit: bigint
  readonly versionedHashes: readonly Hash[] | undefined
  readonly sidecars: BlobSidecars | undefined
}

export interface TxFactoryDeps {
  readonly backend: L1TxBackend
  readonly signer: Signer
  /** Called for each set of blobs. */
  readonly loadProver: () => Promise<BlobProver>
  readonly clock: Clock
  readonly logger: Logger
}

// The most gas that a transaction may ask for since Osaka.
// https://eips.ethereum.org/EIPS/eip-7825
const maxTransactionGas = 1n << 24n
// L1 forks by the timestamp of its blocks, which the clock may be ahead of by a slot; pools that have
// forked still take the old proofs, while those that have not refuse the new ones.
const cellProofMarginSeconds = 12

/** Makes transactions of candidates: finds fees and gas, signs, and wraps blobs as L1 asks. */
export class TxFactory {
  readonly #options: TxManagerOptions
  readonly #chainId: bigint
  readonly #cellProofTime: bigint | undefined
  readonly #deps: TxFactoryDeps
  readonly #blobTips: BlobTips

  /** @param given.cellProofTime - As the option, resolved for the chain. */
  constructor(
    options: TxManagerOptions,
    given: { readonly chainId: bigint; readonly cellProofTime: bigint | undefined },
    deps: TxFactoryDeps,
  ) {
    this.#options = options
    this.#chainId = given.chainId
    this.#cellProofTime = given.cellProofTime
    this.#deps = deps
    this.#blobTips = new BlobTips(options, deps)
  }

  /** @throws {TxError} `TX_FEE_TOO_HIGH`; {ChainError} `temporary` */
  async suggestFees(signal?: AbortSignal): Promise<FeeSuggestion> {
    const { backend } = this.#deps
    const { minTipCapWei, maxTipCapWei, minBaseFeeWei, maxBaseFeeWei } = this.#options
    const [suggestedTip, head, blobBaseFee] = await Promise.all([
      backend.suggestedTip(signal),
      backend.head(signal),
      backend.blobBaseFee(signal),
    ])
    const tip = maxBigInt(suggestedTip, minTipCapWei)
    const blobTip = await this.#blobTip(head.number, signal)
    const baseFee = maxBigInt(head.baseFee, minBaseFeeWei)
    assertBelow('tip', maxBigInt(tip, blobTip ?? 0n), maxTipCapWei)
    assertBelow('base fee', baseFee, maxBaseFeeWei)
    return { tip, baseFee, blobBaseFee, ...(blobTip === undefined ? {} : { blobTip }) }
  }

  /** `undefined` where blobs tip as other transactions do. No floor holds: the market for blobs may be below it. */
  async #blobTip(head: bigint, signal: AbortSignal | undefined): Promise<bigint | undefined> {
    const { blobTipCapDynamic, minTipCapWei } = this.#options
    if (!blobTipCapDynamic) return undefined
    try {
      return (await this.#blobTips.suggest(head, signal)) ?? minTipCapWei
    } catch (error) {
      signal?.throwIfAborted()
      this.#deps.logger.warn('Cannot read what other blobs tip: tipping as without blobs', {
        error,
      })
      return undefined
    }
  }

  /** Begins to prove blobs; `undefined` where there are none. @throws {TxError} `TX_BLOBS` */
  sidecars(blobs: readonly Uint8Array[] = []): BlobSidecars | undefined {
    if (blobs.length === 0) return undefined
    const sidecars = new BlobSidecars(blobs, { loadProver: this.#deps.loadProver })
    // Whoever needs the proofs waits for them and meets the error.
    sidecars.sidecar(this.#sidecarVersion()).catch(() => undefined)
    return sidecars
  }

  /**
   * Finds fees and gas, which also shows whether the transaction would revert.
   *
   * @throws {TxError} `TX_REVERTS`, `TX_UNDERFUNDED`, `TX_FEE_TOO_HIGH`, `TX_BLOBS`; {ChainError} `temporary`
   */
  async draft(
    candidate: TxCandidate,
    sidecars: BlobSidecars | undefined,
    signal: AbortSignal,
  ): Promise<TxDraft> {
    if (sidecars !== undefined && candidate.to === undefined) {
      throw new TxError('TX_BLOBS', 'a transaction with blobs cannot deploy a contract')
    }
    const [suggestion, versionedHashes] = await Promise.all([
      this.suggestFees(signal),
      sidecars?.versionedHashes(),
    ])
    const fees = firstFees(suggestion, sidecars !== undefined, this.#options)
    const draft = { candidate, fees, gasLimit: maxTransactionGas, versionedHashes, sidecars }
    const gasLimit = await this.#gasLimit(draft, signal)
    return { ...draft, gasLimit }
  }

  /** @throws {TxError} `TX_SIGNER` */
  async sign(draft: TxDraft, nonce: bigint, signal: AbortSignal): Promise<PreparedTx> {
    const { candidate, fees, gasLimit, versionedHashes, sidecars } = draft
    const unsigned: UnsignedTransaction = {
      chainId: this.#chainId,
      nonce,
      to: candidate.to,
      data: candidate.data,
      value: candidate.value ?? 0n,
      gasLimit,
      ...feeFields(fees, versionedHashes),
    }
    return this.#signed(unsigned, fees, sidecars, signal)
  }

  /** The same transaction for more; `undefined` where that cannot be had now, which is logged. */
  async raise(tx: PreparedTx, signal: AbortSignal): Promise<PreparedTx | undefined> {
    const { logger } = this.#deps
    try {
      const raise = raiseFees(tx.fees, await this.suggestFees(signal), this.#options)
      if ('type' in raise) {
        logger.warn('Fees of a transaction are at their limit', {
          tx: tx.hash,
          ...raise,
          try: 'Wait until L1 suggests as much, or raise --fee-limit-multiplier.',
        })
        return undefined
      }
      const { unsigned } = tx
      const fields = feeFields(raise, unsigned.blobs?.versionedHashes)
      const estimate = await this.#estimate({ ...unsigned, ...fields }, signal)
      const gasLimit = maxBigInt(estimate, unsigned.gasLimit)
      return await this.#signed({ ...unsigned, ...fields, gasLimit }, raise, tx.sidecars, signal)
    } catch (error) {
      signal.throwIfAborted()
      logger.warn('Fees of a transaction cannot be raised now', { tx: tx.hash, error })
      return undefined
    }
  }

  /** What is handed to L1, with the proofs for blobs that it asks for now. */
  async networkForm({ signed, sidecars }: PreparedTx): Promise<Uint8Array> {
    if (sidecars === undefined) return signed
    return wrapBlobs(signed, await sidecars.sidecar(this.#sidecarVersion()))
  }

  #sidecarVersion(): SidecarVersion {
    const since = this.#cellProofTime
    const latest = this.#deps.clock.now() / 1000 - cellProofMarginSeconds
    return since !== undefined && BigInt(Math.floor(latest)) >= since ? 1 : 0
  }

  /** Estimated, or as it was given after it has been tried. */
  async #gasLimit(draft: TxDraft, signal: AbortSignal): Promise<bigint> {
    const { candidate, fees, versionedHashes } = draft
    const { to, data, value = 0n, gasLimit } = candidate
    const call = { to, data, value, ...feeFields(fees, versionedHashes) }
    if (gasLimit === undefined) return this.#estimate(call, signal)
    const answer = await this.#deps.backend.call(this.#call(call, gasLimit), signal)
    if (isRefusal(answer)) throw this.#refused(answer)
    return gasLimit
  }

  async #estimate(call: Omit<TxCall, 'from' | 'gas'>, signal: AbortSignal): Promise<bigint> {
    const answer = await this.#deps.backend.estimateGas(this.#call(call, maxTransactionGas), signal)
    if (isRefusal(answer)) throw this.#refused(answer)
    return answer
  }

  #call(call: Omit<TxCall, 'from' | 'gas'>, gas: bigint): TxCall {
    const { to, data, value, maxPriorityFeePerGas, maxFeePerGas, blobs } = call
    const from = this.#deps.signer.address
    return { from, to, data, value, gas, maxPriorityFeePerGas, maxFeePerGas, blobs }
  }

  #refused({ message, data }: Refusal): TxError | ChainError {
    const { address } = this.#deps.signer
    const kind = classifyRefusal(message, [])
    if (kind === 'underpriced') {
      return new ChainError('temporary', 'L1_FEES_MOVED', `L1 has become dearer: ${message}`)
    }
    if (kind === 'underfunded' || isLimitedByFunds(message)) {
      return new TxError('TX_UNDERFUNDED', `${address} cannot pay for a transaction: ${message}`, {
        context: { address },
        metaMessages: [`Send ETH on L1 to ${address}.`],
      })
    }
    const reason = data === undefined || data.length === 0 ? message : revertReason(data, [])
    return new TxError('TX_REVERTS', `the transaction would fail: ${reason}`, {
      context: { message, ...(data === undefined ? {} : { data: bytesToHex(data) }) },
    })
  }

  async #signed(
    unsigned: UnsignedTransaction,
    fees: TxFees,
    sidecars: BlobSidecars | undefined,
    signal: AbortSignal,
  ): Promise<PreparedTx> {
    const { signer } = this.#deps
    let signed: Uint8Array
    try {
      signed = await signer.sign(unsigned, signal)
      if (!isSignedFor(signed, unsigned, signer.address)) {
        throw new TxError('TX_SIGNER', 'what came back is another transaction or signature')
      }
    } catch (cause) {
      signal.throwIfAborted()
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new TxError('TX_SIGNER', `no signature of ${signer.address}: ${reason}`, { cause })
    }
    return { hash: transactionHash(signed), unsigned, signed, fees, sidecars }
  }
}

/** Nodes that estimate gas try no more than the account can pay for, and may say no more than that it was too little. */
function isLimitedByFunds(message: string): boolean {
  const [, allowance] = /gas required exceeds allowance\D*(\d+)/.exec(message) ?? []
  return allowance !== undefined && BigInt(allowance) < maxTransactionGas
}

function feeFields(
  { tip, feeCap, blobFeeCap }: TxFees,
  versionedHashes: readonly Hash[] | undefined,
): Pick<UnsignedTransaction, 'maxPriorityFeePerGas' | 'maxFeePerGas' | 'blobs'> {
  return {
    maxPriorityFeePerGas: tip,
    maxFeePerGas: feeCap,
    blobs:
      versionedHashes === undefined || blobFeeCap === undefined
        ? undefined
        : { maxFeePerBlobGas: blobFeeCap, versionedHashes },
  }
}

function assertBelow(what: string, value: bigint, ceiling: bigint | undefined): void {
  if (ceiling === undefined || value <= ceiling) return
  throw new TxError(
    'TX_FEE_TOO_HIGH',
    `L1's ${what} of ${value} wei is above the ceiling of ${ceiling} wei`,
    {
      context: { value, ceiling },
      metaMessages: ['Wait until L1 has calmed down, or raise the ceiling (--txmgr.max-…).'],
    },
  )
}
