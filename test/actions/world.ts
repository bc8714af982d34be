import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import { createDriver } from '../../src/driver/createDriver.ts'
import type { Driver } from '../../src/driver/driver.ts'
import { type Logger, silentLogger } from '../../src/runtime/logger.ts'
import { TaskGroup } from '../../src/runtime/taskGroup.ts'
import { type Conductor, disabledConductor } from '../../src/sequencer/conductor.ts'
import { noPublisher, type Publisher } from '../../src/sequencer/publisher.ts'
import type { SequencedBlock } from '../../src/sequencer/sequencedBlock.ts'
import { FakeEngine } from '../../src/testing/fakeEngine.ts'
import { FakeL1 } from '../../src/testing/fakeL1.ts'
import { fakeRollupConfig } from '../../src/testing/fakeRollup.ts'
import { ManualClock, settle } from '../../src/testing/manualClock.ts'

export interface WorldOptions {
  readonly active?: boolean
  readonly l1Confs?: number
  readonly recover?: boolean
  readonly blockTime?: bigint
  readonly l1BlockTime?: bigint
  /** L1 blocks that are there when the rollup begins at the first one. */
  readonly l1Ahead?: number
  /** Seconds between the L2 genesis and now. */
  readonly age?: number
  readonly config?: Partial<RollupConfig>
  readonly conductor?: Conductor
  readonly publisher?: Publisher
  readonly logger?: Logger
  /** From an earlier world, to go on with. */
  readonly clock?: ManualClock
  readonly l1?: FakeL1
  readonly engine?: FakeEngine
}

/** Unix time at which every story begins. */
export const dawn = 1_700_000_000

/** A driver with its L1 and its engine, all in memory and in virtual time. */
export class World implements AsyncDisposable {
  readonly clock: ManualClock
  readonly l1: FakeL1
  readonly engine: FakeEngine
  readonly config: RollupConfig
  readonly driver: Driver
  readonly blocks: SequencedBlock[] = []
  readonly #tasks: TaskGroup
  readonly #end = new AbortController()
  readonly #l1BlockTimeMs: number
  #run: Promise<void> | undefined
  /** What `run` threw. */
  failure: unknown
  /** L1 makes no blocks. */
  l1Paused = false

  constructor(options: WorldOptions = {}) {
    const { blockTime = 2n, l1BlockTime = 6n, l1Ahead = 0, age = 0 } = options
    const genesisTime = BigInt(dawn - age)
    this.clock = options.clock ?? new ManualClock(dawn * 1000)
    this.#l1BlockTimeMs = Number(l1BlockTime) * 1000
    this.l1 =
      options.l1 ??
      new FakeL1(
        { genesisTime: genesisTime - BigInt(l1Ahead) * l1BlockTime, blockTime: l1BlockTime },
        this,
      )
    this.l1.mineUntil(this.clock.now())
    this.config = fakeRollupConfig({
      l1Genesis: this.l1.at(0),
      l2Time: genesisTime,
      blockTime,
      ...options.config,
    })
    this.engine = options.engine ?? new FakeEngine({ config: this.config }, this)
    const logger = options.logger ?? silentLogger
    this.#tasks = new TaskGroup({ logger })
    this.driver = createDriver(
      {
        config: this.config,
        upgradeBundles: new Map(),
        sequencer: {
          active: options.active ?? true,
          l1Confs: options.l1Confs ?? 0,
          recover: options.recover ?? false,
          minSealingMarginMs: 2,
          maxSealingMarginMs: 250,
        },
      },
      {
        l1: this.l1,
        engine: this.engine,
        l2: this.engine,
        conductor: options.conductor ?? disabledConductor,
        publisher: options.publisher ?? noPublisher,
        clock: this.clock,
        random: () => 0.5,
        logger,
        tasks: this.#tasks,
        onBlock: (block) => this.blocks.push(block),
      },
    )
  }

  /** Starts the driver. */
  async start(): Promise<this> {
    this.announceL1()
    this.#run = this.driver.run(this.#end.signal).catch((error) => {
      this.failure = error
    })
    await settle()
    return this
  }

  /** Lets time pass; L1 makes its blocks and the watcher reports them. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.clock.now() + durationMs
    for (;;) {
      const sinceDawn = this.clock.now() - dawn * 1000
      const nextL1Ms =
        dawn * 1000 + (Math.floor(sinceDawn / this.#l1BlockTimeMs) + 1) * this.#l1BlockTimeMs
      if (nextL1Ms > endMs) break
      await this.clock.advanceTo(nextL1Ms)
      if (this.l1Paused) continue
      this.l1.mine()
      this.announceL1()
      await settle()
    }
    await this.clock.advanceTo(endMs)
  }

  /** Lets time pass up to that many milliseconds after dawn. */
  async advanceTo(sinceDawnMs: number): Promise<void> {
    await this.advance(dawn * 1000 + sinceDawnMs - this.clock.now())
  }

  /** The watcher reports the L1 head. */
  announceL1(): void {
    if (!this.l1.isDown) this.driver.onL1Block('head', this.l1.head)
  }

  /** L1 is reorganised, and the watcher reports it. */
  async reorgL1(depth: number, length = depth): Promise<void> {
    this.l1.reorg(depth, length)
    this.announceL1()
    await settle()
  }

  /** Ends the driver. @returns how long that took, in virtual time. */
  async stop(): Promise<number> {
    const beganMs = this.clock.now()
    this.#end.abort(new Error('the story is over'))
    let isOver = false
    const over = Promise.all([this.#run, this.#tasks.close()]).then(() => {
      isOver = true
    })
    for (let i = 0; i < 100 && !isOver; i++) {
      await settle()
      if (!isOver) await this.clock.advance(100)
    }
    await over
    return this.clock.now() - beganMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** A world that runs already. */
export function startWorld(options: WorldOptions = {}): Promise<World> {
  return new World(options).start()
}

/** Lets time pass until a promise settles. */
export async function during<T>(world: World, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const done = promise.finally(() => {
    isSettled = true
  })
  done.catch(() => undefined)
  for (let i = 0; i < 400 && !isSettled; i++) {
    await settle()
    if (!isSettled) await world.advance(25)
  }
  return done
}
