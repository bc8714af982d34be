import { bytesToHex, type Hex } from '../../base/hex.ts'
import { Batcher } from '../../batcher/batcher.ts'
import { batcherOptions } from '../../batcher/options.ts'
import { threadCompressor } from '../../batcher/threadCompressor.ts'
import { createJsonRpcClient } from '../../jsonrpc/client.ts'
import type { Random } from '../../runtime/random.ts'
import { createBatcherL1 } from '../../sources/batcherL1.ts'
import { createBlockBuilder } from '../../sources/blockBuilder.ts'
import type { DevnetOptions } from '../options.ts'
import { type DevnetAccount, openDevnetAccount, type ServiceDeps } from './devnetAccount.ts'
import type { ServiceTime } from './serviceTime.ts'

export interface DevnetBatcherDeps extends ServiceDeps {
  /** What the ids of channels are made of. */
  readonly channelIds: Random
}

/** The batcher of a devnet: posts in every L1 block what L2 has made since the last one. */
export class DevnetBatcher {
  readonly #batcher: Batcher
  readonly #account: DevnetAccount
  readonly #engine: ReturnType<typeof createJsonRpcClient>
  readonly #time: ServiceTime

  constructor({ l1BlockTime }: Pick<DevnetOptions, 'l1BlockTime'>, deps: DevnetBatcherDeps) {
    const { time, sequencer, accounts } = deps
    const { rollupConfig: config } = deps.chain
    this.#account = openDevnetAccount(accounts.roles.batcher, deps)
    this.#time = time
    // Of its RPC, which knows `miner_setMaxDASize`.
    this.#engine = time.watch(createJsonRpcClient({ urls: [sequencer.engine.rpcUrl] }, deps))
    const chain = time.watch(sequencer.engine.chain)
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
          syncStatus: async () => sequencer.syncStatus(),
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
