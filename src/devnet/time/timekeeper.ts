import { TaktError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { Logger } from '../../runtime/logger.ts'
import { SerialExecutor } from '../../runtime/serial.ts'
import type { ChainClock } from './chainClock.ts'
import { runL1Slots } from './l1Slots.ts'
import type { Pace, TimedSequencer } from './pace.ts'

export interface TimekeeperOptions {
  /** Seconds; slots of L1 and blocks of L2 are counted from here. */
  readonly genesisTime: number
  /** Seconds. */
  readonly l1BlockTime: number
  readonly l2BlockTime: number
}

export interface TimekeeperDeps {
  readonly clock: ChainClock
  /** Mines an L1 block, if possible of that timestamp. @returns its hash */
  readonly mine: (timestamp: number, signal?: AbortSignal) => Promise<Hash>
  readonly sequencer: Pick<TimedSequencer, 'filled'>
  readonly pace: Pace
  readonly logger: Logger
}

/** How far, and with how much in it, time is to be moved. */
export interface Advance {
  /** Seconds; the time that it is afterwards. */
  readonly to: number
  /** Seconds between L1 blocks; others are missed, but for the last one. Default: every slot has its block. */
  readonly l1Spacing?: number
  /** Each L2 block takes in all transactions that wait for it. Default false; in lockstep it always does. */
  readonly fills?: boolean
}

// Time that does not flow stands still this much before the next block: the sequencer seals a bit ahead of time.
const standstillMs = 260
// How often those who wait for a long walk are told how far it is.
const reportMs = 5_000

/**
 * Decides what time it is on the chains, and mines L1.
 *
 * Left alone, time flows on. It can be stopped, and it can be moved on as fast as the chains can be made: block by
 * block, so that L1 and L2 are what they would be had that time gone by.
 */
export class Timekeeper {
  readonly #options: TimekeeperOptions
  readonly #deps: TimekeeperDeps
  readonly #orders = new SerialExecutor()
  /** What makes time flow; `undefined` while it does not. */
  #flow: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined
  #isPaused = true
  #minesL1 = true
  readonly #closing = new AbortController()

  constructor(options: TimekeeperOptions, deps: TimekeeperDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Seconds. */
  get now(): number {
    return Math.floor(this.#deps.clock.now() / 1000)
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get minesL1(): boolean {
    return this.#minesL1
  }

  /** Mines no L1 block in the slots that come, or mines again. */
  setMinesL1(minesL1: boolean): Promise<void> {
    return this.exclusively(async () => {
      this.#minesL1 = minesL1
    })
  }

  pause(): Promise<void> {
    return this.exclusively(async () => {
      this.#isPaused = true
    })
  }

  resume(): Promise<void> {
    return this.exclusively(async () => {
      this.#isPaused = false
    })
  }

  /**
   * Runs a task while time stands still. Tasks run one at a time; inside of one, use {@link advance}.
   *
   * @throws {TaktError} `DEVNET_CLOSED`; what the task throws.
   */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#orders.run(async () => {
      this.#assertOpen()
      await this.#stopFlow()
      try {
        await this.#deps.pace.ready()
        return await task()
      } finally {
        this.#startFlow()
      }
    })
  }

  /**
   * Moves time on, block by block. Only inside of {@link exclusively}.
   *
   * @throws {TaktError} `CHAIN_STALLED` when the sequencer does not keep up, `DEVNET_CLOSED`
   */
  async advance({ to, l1Spacing = this.#options.l1BlockTime, fills }: Advance): Promise<void> {
    const { clock, logger } = this.#deps
    let toldMs = clock.stopwatch.now()
    for (;;) {
      this.#assertOpen()
      const slot = this.#nextSlot(to, l1Spacing)
      const next = Math.min(this.#nextL2Time(), slot)
      if (next > to) break
      if (fills) await this.#deps.sequencer.filled()
      await this.#stepTo(next, slot === next)
      if (clock.stopwatch.now() - toldMs < reportMs) continue
      toldMs = clock.stopwatch.now()
      logger.info('Moving time on', { now: this.now, to, seconds: to - this.now })
    }
    if (to > this.now) clock.set(to * 1000, to * 1000)
  }

  /** Resolves when all has come of what was done to the chains, where that is waited for. */
  settled(): Promise<void> {
    return this.#deps.pace.ready()
  }

  /** Timestamp of the L1 slot that begins then, or else of the next one. */
  slotFrom(timestamp: number): number {
    const { genesisTime, l1BlockTime } = this.#options
    return genesisTime + Math.ceil((timestamp - genesisTime) / l1BlockTime) * l1BlockTime
  }

  /** Stops time for good. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#stopFlow()
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new TaktError('DEVNET_CLOSED', 'the devnet is closed')
    }
  }

  #startFlow(): void {
    const { clock, pace } = this.#deps
    if (this.#closing.signal.aborted) return
    if (this.#isPaused) {
      clock.set(clock.now(), this.#limitMs())
      return
    }
    const stop = new AbortController()
    const ended = pace.flows ? this.#flowLive(stop.signal) : this.#flowInSteps(stop.signal)
    this.#flow = { stop, ended }
  }

  async #stopFlow(): Promise<void> {
    const { clock } = this.#deps
    this.#flow?.stop.abort()
    await this.#flow?.ended
    this.#flow = undefined
    clock.set(clock.now(), clock.now())
  }

  async #flowLive(signal: AbortSignal): Promise<void> {
    const { clock, mine, logger } = this.#deps
    const { genesisTime, l1BlockTime } = this.#options
    clock.set(clock.now())
    const mineInSlot = async (timestamp: number) => {
      if (!this.#minesL1) return
      // A block that takes longer has missed its slot. No other is broken off: once asked for it comes all the same.
      const timeout = AbortSignal.timeout(l1BlockTime * 1000)
      await mine(timestamp, AbortSignal.any([this.#closing.signal, timeout]))
    }
    const slots = { genesisTime, slotTime: l1BlockTime }
    await runL1Slots(slots, { clock, logger, mine: mineInSlot }, signal)
  }

  async #flowInSteps(signal: AbortSignal): Promise<void> {
    const { clock, pace, logger } = this.#deps
    const host = clock.stopwatch
    const aheadMs = clock.now() - host.now()
    while (!signal.aborted) {
      const slot = this.slotFrom(this.now + 1)
      const next = Math.min(this.#nextL2Time(), slot)
      try {
        await host.sleepUntil(next * 1000 - aheadMs, signal)
        await pace.ready()
        await this.#stepTo(next, slot === next)
      } catch (error) {
        if (!signal.aborted) logger.warn('Could not move the chains on', { to: next, error })
      }
    }
  }

  /** Everything that belongs to that second: the L1 block first, so that the L2 block after the next knows it. */
  async #stepTo(timestamp: number, isSlot: boolean): Promise<void> {
    const { clock, pace, mine } = this.#deps
    if (isSlot && this.#minesL1) {
      await pace.beforeL1Block(timestamp)
      await pace.afterL1Block(await mine(timestamp))
    }
    clock.set(timestamp * 1000, this.#limitMs(timestamp))
    await pace.afterL2Block(this.#l2TimeAt(timestamp))
    clock.set(clock.now(), this.#limitMs())
  }

  /** How far time may flow after that second, in milliseconds. */
  #limitMs(after = this.now): number {
    const { genesisTime, l2BlockTime } = this.#options
    const { clock, pace } = this.#deps
    if (!pace.flows) return Math.max(clock.now(), after * 1000)
    const next = genesisTime + (Math.floor((after - genesisTime) / l2BlockTime) + 1) * l2BlockTime
    return Math.max(clock.now(), next * 1000 - standstillMs)
  }

  #l2TimeAt(timestamp: number): number {
    const { genesisTime, l2BlockTime } = this.#options
    return genesisTime + Math.floor((timestamp - genesisTime) / l2BlockTime) * l2BlockTime
  }

  /** Also where L2 is behind the clock: it is caught up with by the step to the block that is due now. */
  #nextL2Time(): number {
    return this.#l2TimeAt(this.now) + this.#options.l2BlockTime
  }

  /** The next slot that gets a block, on the way to `to`; `to` itself always does if it is one. */
  #nextSlot(to: number, spacing: number): number {
    const next = this.slotFrom(this.now + 1)
    const { genesisTime, l1BlockTime } = this.#options
    if (spacing <= l1BlockTime) return next
    const spaced = this.slotFrom(genesisTime + Math.ceil((next - genesisTime) / spacing) * spacing)
    return spaced <= to ? spaced : Math.max(next, this.slotFrom(to))
  }
}
