import type { Hash } from '../../base/hex.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { createPipeline } from '../../derive/pipeline.ts'
import type { SafeChainProvider } from '../../derive/providers.ts'
import { mayHoldRelevantLogs } from '../../derive/relevantReceipts.ts'
import { type Derivation, localDerivation } from '../../driver/derivation.ts'
import { createJsonRpcClient, type ObservedRequest } from '../../jsonrpc/client.ts'
import { readInboxTransaction } from '../../protocol/batch/inboxTransaction.ts'
import { transactionTypes } from '../../protocol/transaction.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { BlobPrefetcher, defaultMaxWaitingBlobs } from '../../sources/blobPrefetcher.ts'
import { createL1Client } from '../../sources/l1Client.ts'
import { defaultL1PrefetcherOptions, L1Prefetcher } from '../../sources/l1Prefetcher.ts'
import { createBlobProvider } from '../blobProvider.ts'
import { type CountableDerivationEvent, countable } from '../observer.ts'
import { logDerivation } from './logDerivation.ts'
import type { DerivationThreadOptions } from './messages.ts'

/** A pipeline with its own connections to L1. */
export interface L1Derivation extends Derivation {
  /** Breaks off what is in flight. */
  close(): Promise<void>
}

/** @throws {ConfigError} `URL_INVALID` */
export function createL1Derivation(
  options: DerivationThreadOptions,
  deps: {
    readonly safeChain: SafeChainProvider
    readonly logger: Logger
    readonly observer:
      | {
          onDerivationEvent(event: CountableDerivationEvent): void
          onRequest(request: ObservedRequest): void
        }
      | undefined
  },
): L1Derivation {
  const { config, upgradeBundles, l1: l1Options, l1Chain, isAnvil } = options
  const { safeChain, logger, observer } = deps
  const common = { clock: systemClock, random: Math.random, logger }
  const rpc = createJsonRpcClient(
    {
      urls: l1Options.rpcUrls,
      urlFlag: '--l1',
      maxConcurrency: l1Options.maxConcurrency,
      maxBatchSize: l1Options.maxBatchSize,
    },
    { ...common, onRequest: observer && ((request) => observer.onRequest(request)) },
  )
  const l1 = createL1Client({ l1Chain, trustRpc: l1Options.trustRpc, isAnvil }, { rpc })
  const blobSource = createBlobProvider(options, common)
  const blobs = new BlobPrefetcher({ maxWaiting: defaultMaxWaitingBlobs }, { blobs: blobSource })
  const prefetcher = new L1Prefetcher(defaultL1PrefetcherOptions, {
    l1,
    needsReceipts: ({ header }) => mayHoldRelevantLogs(config, header.logsBloom),
    onFetched: ({ ref }, transactions) => blobs.fetchAhead(ref, blobHashes(config, transactions)),
  })
  const log = logDerivation(logger)
  const pipeline = createPipeline(
    config,
    { l1: prefetcher, blobs, safeChain, upgradeBundles },
    (event, origin) => {
      log(event, origin)
      observer?.onDerivationEvent(countable(event))
    },
  )
  const restart = () => {
    prefetcher.restart()
    blobs.restart()
  }
  const derivation = localDerivation(pipeline, (number) => prefetcher.setHorizon(number))
  return {
    ...derivation,
    reset(safeHead, readUpTo, signal) {
      restart()
      return derivation.reset(safeHead, readUpTo, signal)
    },
    async close() {
      restart()
      await Promise.all([rpc.close(), blobSource.close()])
    },
  }
}

/** The blobs that were posted to the batch inbox, by whomever: who the batcher is shows when the block is read. */
function blobHashes(config: RollupConfig, transactions: readonly Uint8Array[]): Hash[] {
  const { batchInboxAddress, l1ChainId } = config
  return transactions.flatMap((raw) => {
    if (raw[0] !== transactionTypes.blob) return []
    return readInboxTransaction(raw, batchInboxAddress, l1ChainId)?.blobHashes ?? []
  })
}
