import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hex } from '../base/hex.ts'
import { Batcher } from '../batcher/batcher.ts'
import { threadCompressor } from '../batcher/channelCompressor.ts'
import type { SyncPoint } from '../batcher/encoder/syncPoint.ts'
import { batcherOptions } from '../batcher/options.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L2Chain } from '../engine/interface.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { createBatcherL1 } from '../sources/batcherL1.ts'
import { createBlockBuilder } from '../sources/blockBuilder.ts'
import { type DevnetAccount, openDevnetAccount } from './devnetAccount.ts'

export interface DevnetBatcherOptions {
  readonly config: RollupConfig
  readonly privateKey: Hex
  readonly l1RpcUrl: string
  /** An RPC of the engine that knows `miner_setMaxDASize`. */
  readonly l2RpcUrl: string
  /** Seconds. */
  readonly l1BlockTime: number
}

export interface DevnetBatcherDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The rollup node, in this process. */
  readonly syncStatus: () => SyncPoint
  readonly chain: Pick<L2Chain, 'payloadByNumber'>
}

/** The batcher of a devnet: posts in every L1 block what L2 has made since the last one. */
export class DevnetBatcher {
  readonly #batcher: Batcher
  readonly #account: DevnetAccount
  readonly #engine: ReturnType<typeof createJsonRpcClient>

  constructor(options: DevnetBatcherOptions, deps: DevnetBatcherDeps) {
    const { config, l1BlockTime } = options
    const l1ChainId = Number(config.l1ChainId)
    this.#account = openDevnetAccount({ ...options, l1ChainId }, deps)
    this.#engine = createJsonRpcClient({ urls: [options.l2RpcUrl] }, deps)
    const { transactions, rpc } = this.#account
    this.#batcher = new Batcher(
      batcherOptions({
        pollIntervalMs: Math.min(1_000, (1_000 * l1BlockTime) / 4),
        maxChannelDuration: 1,
        batchType: 'span',
        compressionAlgo: 'brotli',
        dataAvailabilityType: 'blobs',
      }),
      {
        ...deps,
        config,
        node: {
          syncStatus: async () => deps.syncStatus(),
          blockByNumber: async (number, signal) =>
            (await deps.chain.payloadByNumber(number, signal))?.executionPayload,
        },
        l1: createBatcherL1({ systemConfig: config.l1SystemConfigAddress }, { rpc }),
        transactions,
        compressor: threadCompressor,
        builders: [createBlockBuilder({ rpc: this.#engine })],
        newChannelId: () => bytesToHex(randomBytes(16)),
      },
    )
  }

  /** Rejects with the error that posting could not go on from. */
  get failed(): Promise<never> {
    return this.#batcher.failed
  }

  get isRunning(): boolean {
    return this.#batcher.isRunning
  }

  /** Begins to post, or goes on. @throws what {@link Batcher.start} throws. */
  start(signal?: AbortSignal): Promise<void> {
    return this.#batcher.start(signal)
  }

  /** Posts nothing until it is started again. */
  async stop(): Promise<void> {
    await this.#batcher.close()
  }

  async close(): Promise<void> {
    await this.#batcher.close()
    await Promise.all([this.#account.close(), this.#engine.close()])
  }
}
