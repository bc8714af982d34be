import { bytesToHex, type Hex } from '../base/hex.ts'
import { Batcher } from '../batcher/batcher.ts'
import type { SyncPoint } from '../batcher/encoder/syncPoint.ts'
import { batcherOptions } from '../batcher/options.ts'
import { threadCompressor } from '../batcher/threadCompressor.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L2Chain } from '../engine/interface.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { createBatcherL1 } from '../sources/batcherL1.ts'
import { createBlockBuilder } from '../sources/blockBuilder.ts'
import { type DevnetAccount, openDevnetAccount } from './devnetAccount.ts'
import type { ServiceTime } from './serviceTime.ts'

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
  readonly time: ServiceTime
  /** The host's. */
  readonly clock: Clock
  readonly random: Random
  /** What the ids of channels are made of. */
  readonly channelIds: Random
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
  readonly #time: ServiceTime

  constructor(options: DevnetBatcherOptions, deps: DevnetBatcherDeps) {
    const { time } = deps
    const { config, l1BlockTime } = options
    const l1ChainId = Number(config.l1ChainId)
    this.#account = openDevnetAccount({ ...options, l1ChainId }, deps)
    this.#time = time
    this.#engine = time.watch(createJsonRpcClient({ urls: [options.l2RpcUrl] }, deps))
    const chain = time.watch(deps.chain)
    const { transactions, rpc } = this.#account
    this.#batcher = new Batcher(
      batcherOptions({
        pollIntervalMs: Math.min(1_000, (1_000 * l1BlockTime) / 4),
        maxChannelDuration: 1,
        batchType: 'span',
        compressionAlgo: 'brotli',
        dataAvailabilityType: 'blobs',
        // What it has sent L1 has: they are one process.
        startQuietMs: 0,
      }),
      {
        ...deps,
        clock: time.clock,
        config,
        node: {
          syncStatus: async () => deps.syncStatus(),
          blockByNumber: async (number, signal) =>
            (await chain.payloadByNumber(number, signal))?.executionPayload,
        },
        l1: createBatcherL1({ systemConfig: config.l1SystemConfigAddress }, { rpc }),
        transactions,
        compressor: time.watch(threadCompressor),
        builders: [createBlockBuilder({ rpc: this.#engine })],
        newChannelId: () => randomHex(16, deps.channelIds),
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
  async start(signal?: AbortSignal): Promise<void> {
    this.#time.begin()
    await this.#batcher.start(signal)
    await this.#time.settled()
  }

  /** Posts nothing until it is started again. */
  async stop(): Promise<void> {
    await this.#batcher.close()
    // The chains may be set back meanwhile.
    this.#account.transactions.forget()
  }

  async close(): Promise<void> {
    await this.#batcher.close()
    await Promise.all([this.#account.close(), this.#engine.close()])
  }
}

function randomHex(bytes: number, random: Random): Hex {
  return bytesToHex(Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)))
}
