import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { withoutUndefined } from '../base/withoutUndefined.ts'

/** How transactions are brought to L1. Names and defaults are those of op-service's txmgr. */
export interface TxManagerOptions {
  /** Blocks, its own included, that must hold a transaction before it counts. */
  readonly numConfirmations: number
  /** Give up on a transaction that was published after so many reports that its nonce is used. */
  readonly safeAbortNonceTooLowCount: number
  /** Fees are never raised beyond this multiple of what L1 suggests at that moment. */
  readonly feeLimitMultiplier: number
  /** Wei per gas. Below it `feeLimitMultiplier` does not apply. */
  readonly feeLimitThresholdWei: bigint
  /** Wei per gas; a floor under what L1 suggests. */
  readonly minTipCapWei: bigint
  /** Wei per gas; above it nothing is sent. `undefined` sets no ceiling. */
  readonly maxTipCapWei: bigint | undefined
  /** Wei per gas; a floor under L1's base fee. */
  readonly minBaseFeeWei: bigint
  /** Wei per gas; above it nothing is sent. `undefined` sets no ceiling. */
  readonly maxBaseFeeWei: bigint | undefined
  /** Wei per blob gas; the least fee cap of a blob. Pools take no less than 1 gwei. */
  readonly minBlobFeeWei: bigint
  /** Send a published transaction again this often until it is in a block. 0: only with raised fees. */
  readonly rebroadcastIntervalMs: number
  /** Raise the fees this often until the transaction is in a block. */
  readonly resubmissionTimeoutMs: number
  /** For one request to L1 or to a signer. */
  readonly networkTimeoutMs: number
  /** Between attempts when L1 does not answer or refuses for now. */
  readonly retryIntervalMs: number
  /** Attempts to publish, after the first, that may meet a refusal which is not understood. */
  readonly maxRetries: number
  /** For a transaction, from being asked for to its confirmation. 0 sets no bound, which keeps the order. */
  readonly sendTimeoutMs: number
  /** Give up on a transaction that no node takes for so long. */
  readonly notInMempoolTimeoutMs: number
  readonly receiptQueryIntervalMs: number
  /** Words of refusals which mean that the transaction was published already. */
  readonly alreadyPublishedCustomErrs: readonly string[]
  /** L1 timestamp, in seconds, from which on blobs carry cell proofs. `undefined`: Osaka on L1s that takt knows, else never. */
  readonly cellProofTime: bigint | undefined
  /** Tip with blobs what other transactions with blobs tipped lately. */
  readonly blobTipCapDynamic: boolean
  /** 1 to 100: of those tips, how many are not above ours. */
  readonly blobTipCapPercentile: number
  /** L1 blocks that those tips are taken from. */
  readonly blobTipCapRange: number
}

const gwei = 1_000_000_000n

/** op-service's defaults, for batcher and proposer alike. */
export const defaultTxManagerOptions: TxManagerOptions = {
  numConfirmations: 10,
  safeAbortNonceTooLowCount: 3,
  feeLimitMultiplier: 5,
  feeLimitThresholdWei: 100n * gwei,
  minTipCapWei: gwei,
  maxTipCapWei: undefined,
  minBaseFeeWei: gwei,
  maxBaseFeeWei: undefined,
  minBlobFeeWei: gwei,
  rebroadcastIntervalMs: 12_000,
  resubmissionTimeoutMs: 48_000,
  networkTimeoutMs: 10_000,
  retryIntervalMs: 1_000,
  maxRetries: 10,
  sendTimeoutMs: 0,
  notInMempoolTimeoutMs: 120_000,
  receiptQueryIntervalMs: 12_000,
  alreadyPublishedCustomErrs: [],
  cellProofTime: undefined,
  blobTipCapDynamic: false,
  blobTipCapPercentile: 60,
  blobTipCapRange: 20,
}

/**
 * Options with the defaults for what is not given.
 *
 * @throws {ConfigError} `TXMGR_OPTIONS` naming the option.
 */
export function txManagerOptions(given: Partial<TxManagerOptions> = {}): TxManagerOptions {
  const options = { ...defaultTxManagerOptions, ...withoutUndefined(given) }
  const positive = [
    'numConfirmations',
    'safeAbortNonceTooLowCount',
    'feeLimitMultiplier',
    'resubmissionTimeoutMs',
    'networkTimeoutMs',
    'notInMempoolTimeoutMs',
    'receiptQueryIntervalMs',
    'blobTipCapRange',
  ] as const
  for (const name of positive) {
    if (!(options[name] > 0)) throw invalid(`${name} must be above 0, got ${options[name]}`)
  }
  if (!Number.isInteger(options.feeLimitMultiplier)) {
    throw invalid(`feeLimitMultiplier must be whole, got ${options.feeLimitMultiplier}`)
  }
  if (options.minBaseFeeWei < options.minTipCapWei) {
    throw invalid(
      `minBaseFee (${options.minBaseFeeWei} wei) must not be below minTipCap (${options.minTipCapWei} wei)`,
    )
  }
  const { blobTipCapPercentile } = options
  if (!(blobTipCapPercentile >= 1 && blobTipCapPercentile <= 100)) {
    throw invalid(`blobTipCapPercentile must be from 1 to 100, got ${blobTipCapPercentile}`)
  }
  return options
}

function invalid(problem: string): ConfigError {
  return new ConfigError(exitCodes.usage, 'TXMGR_OPTIONS', `transaction manager: ${problem}`)
}
