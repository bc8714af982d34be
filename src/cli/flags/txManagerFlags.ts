import { defaultTxManagerOptions, type TxManagerOptions } from '../../txmgr/options.ts'
import type { FlagTable } from './flag.ts'
import {
  parseBoolean,
  parseDurationMs,
  parseGwei,
  parseGweiLimit,
  parseInteger,
  parseList,
  parseText,
} from './parsers.ts'
import { type Service, serviceEnv } from './serviceEnv.ts'

/** How a service brings its transactions to L1. Names are those of op-batcher and op-proposer. */
export function txManagerFlags(service: Service) {
  const env = (suffix: string) => serviceEnv(service, suffix)
  const defaults = defaultTxManagerOptions
  return {
    numConfirmations: {
      names: ['num-confirmations'],
      env: env('NUM_CONFIRMATIONS'),
      value: 'blocks',
      parse: parseInteger(1),
      help: 'blocks, its own included, that must hold a transaction before it counts',
      shownDefault: defaults.numConfirmations,
    },
    safeAbortNonceTooLowCount: {
      names: ['safe-abort-nonce-too-low-count'],
      env: env('SAFE_ABORT_NONCE_TOO_LOW_COUNT'),
      value: 'count',
      parse: parseInteger(1),
      help: 'reports of a used nonce after which a published transaction is given up on',
      shownDefault: defaults.safeAbortNonceTooLowCount,
    },
    feeLimitMultiplier: {
      names: ['fee-limit-multiplier'],
      env: env('TXMGR_FEE_LIMIT_MULTIPLIER'),
      value: 'factor',
      parse: parseInteger(1),
      help: 'fees are raised to at most this multiple of what L1 suggests',
      shownDefault: defaults.feeLimitMultiplier,
    },
    feeLimitThresholdWei: {
      names: ['txmgr.fee-limit-threshold'],
      env: env('TXMGR_FEE_LIMIT_THRESHOLD'),
      value: 'gwei',
      parse: parseGwei,
      help: 'fees below this may be raised beyond that multiple',
      shownDefault: inGwei(defaults.feeLimitThresholdWei),
    },
    minTipCapWei: {
      names: ['txmgr.min-tip-cap'],
      env: env('TXMGR_MIN_TIP_CAP'),
      value: 'gwei',
      parse: parseGwei,
      help: 'least tip that is offered',
      shownDefault: inGwei(defaults.minTipCapWei),
    },
    maxTipCapWei: {
      names: ['txmgr.max-tip-cap'],
      env: env('TXMGR_MAX_TIP_CAP'),
      value: 'gwei',
      parse: parseGweiLimit,
      help: 'while L1 suggests a higher tip, nothing is sent; 0 sets no limit',
      shownDefault: 0,
    },
    minBaseFeeWei: {
      names: ['txmgr.min-basefee'],
      env: env('TXMGR_MIN_BASEFEE'),
      value: 'gwei',
      parse: parseGwei,
      help: 'base fee that is assumed where that of L1 is lower',
      shownDefault: inGwei(defaults.minBaseFeeWei),
    },
    maxBaseFeeWei: {
      names: ['txmgr.max-basefee'],
      env: env('TXMGR_MAX_BASEFEE'),
      value: 'gwei',
      parse: parseGweiLimit,
      help: 'while the base fee of L1 is higher, nothing is sent; 0 sets no limit',
      shownDefault: 0,
    },
    rebroadcastIntervalMs: {
      names: ['txmgr.rebroadcast-interval'],
      env: env('TXMGR_REBROADCAST_INTERVAL'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'how often a transaction that waits is published again as it is; 0 turns that off',
      shownDefault: inSeconds(defaults.rebroadcastIntervalMs),
    },
    resubmissionTimeoutMs: {
      names: ['resubmission-timeout'],
      env: env('RESUBMISSION_TIMEOUT'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'how often the fees of a transaction that waits are raised',
      shownDefault: inSeconds(defaults.resubmissionTimeoutMs),
    },
    networkTimeoutMs: {
      names: ['network-timeout'],
      env: env('NETWORK_TIMEOUT'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'longest wait for one answer of L1 or of a signer',
      shownDefault: inSeconds(defaults.networkTimeoutMs),
    },
    retryIntervalMs: {
      names: ['txmgr.retry-interval'],
      env: env('TXMGR_RETRY_INTERVAL'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'pause before a transaction that was not taken is published again',
      shownDefault: inSeconds(defaults.retryIntervalMs),
    },
    maxRetries: {
      names: ['txmgr.max-retries'],
      env: env('TXMGR_MAX_RETRIES'),
      value: 'count',
      parse: parseInteger(0),
      help: 'how often a transaction is published again that L1 refuses for unknown reasons',
      shownDefault: defaults.maxRetries,
    },
    sendTimeoutMs: {
      names: ['txmgr.send-timeout'],
      env: env('TXMGR_TX_SEND_TIMEOUT'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'when to give up on a transaction; 0 never does, which keeps the order',
      shownDefault: defaults.sendTimeoutMs,
    },
    notInMempoolTimeoutMs: {
      names: ['txmgr.not-in-mempool-timeout'],
      env: env('TXMGR_TX_NOT_IN_MEMPOOL_TIMEOUT'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'when to give up on a transaction that no node has taken',
      shownDefault: inSeconds(defaults.notInMempoolTimeoutMs),
    },
    receiptQueryIntervalMs: {
      names: ['txmgr.receipt-query-interval'],
      env: env('TXMGR_RECEIPT_QUERY_INTERVAL'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'how often L1 is asked whether a transaction is in a block',
      shownDefault: inSeconds(defaults.receiptQueryIntervalMs),
    },
    alreadyPublishedCustomErrs: {
      names: ['txmgr.already-published-custom-errs'],
      env: env('TXMGR_ALREADY_PUBLISHED_CUSTOM_ERRS'),
      value: 'words',
      parse: parseList(parseText),
      help: 'words of errors, joined by commas, by which L1 says that it has a transaction already',
    },
    cellProofTime: {
      names: ['txmgr.cell-proof-time'],
      env: env('TXMGR_CELL_PROOF_TIME'),
      value: 'timestamp',
      parse: parseTimestamp,
      help: "when L1 begins to want cell proofs of blobs (Osaka's time); known for public L1s",
    },
  } as const satisfies FlagTable<TxManagerOptions>
}

/** How the batcher tips for blobs. Names are those of op-batcher; op-proposer has none of them. */
export const blobTipFlags = {
  blobTipCapDynamic: {
    names: ['txmgr.blob-tip-cap-dynamic'],
    env: serviceEnv('batcher', 'TXMGR_BLOB_TIP_CAP_DYNAMIC'),
    parse: parseBoolean,
    help: 'tip with blobs what other blobs tipped lately, be it below --txmgr.min-tip-cap',
    shownDefault: defaultTxManagerOptions.blobTipCapDynamic,
  },
  blobTipCapPercentile: {
    names: ['txmgr.blob-tip-cap-percentile'],
    env: serviceEnv('batcher', 'TXMGR_BLOB_TIP_CAP_PERCENTILE'),
    value: 'percent',
    parse: parseInteger(1, 100),
    help: 'which of those tips is taken, by rank',
    shownDefault: defaultTxManagerOptions.blobTipCapPercentile,
  },
  blobTipCapRange: {
    names: ['txmgr.blob-tip-cap-range'],
    env: serviceEnv('batcher', 'TXMGR_BLOB_TIP_CAP_RANGE'),
    value: 'blocks',
    parse: parseInteger(1),
    help: 'L1 blocks whose tips are looked at',
    shownDefault: defaultTxManagerOptions.blobTipCapRange,
  },
} as const satisfies FlagTable<TxManagerOptions>

const mostUint64 = 2n ** 64n - 1n

/** Seconds. The most that op-service's flag can hold, its default, counts as not given. */
function parseTimestamp(text: string, source: string): bigint | undefined {
  if (text === String(mostUint64)) return undefined
  return BigInt(parseInteger(0)(text, source))
}

function inGwei(wei: bigint): string {
  return `${Number(wei) / 1e9}`
}

function inSeconds(ms: number): string {
  return `${ms / 1000}s`
}
