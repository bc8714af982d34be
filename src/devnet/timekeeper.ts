import { TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { sleep } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { ChainClock } from './chainClock.ts'
import { runL1Slots } from './l1Slots.ts'

export interface TimekeeperOptions {
  /** Seconds; slots of L1 and blocks of L2 are counted from here. */
  readonly genesisTime: number
  /** Seconds. */
  readonly l1BlockTime: number
  readonly l2BlockTime: number
  /**
   * `live`: time flows, and whoever works on the chains keeps up as on any chain. `steps`: it goes on to the next
   * block only when everything that belongs before it has happened, so that the same always comes of the same.
   */
  readonly pace: 'live' | 'steps'
}

/** The sequencer, as far as time waits for it. */
export interface TimedSequencer {
  readonly isSequencing: boolean
  /** Seconds; of the unsafe head. */
  readonly headTimestamp: number
  /** Seconds; of the block that is being built. */
  readonly buildingTimestamp: number
  /** True when it is the newest L1 block that the node knows. */
  hasSeen(l1Block: Hash): boolean
  /** Resolves when it looks at nothing on the side. */
  settled(): Promise<void>
}

export interface TimekeeperDeps {
  readonly clock: ChainClock
  /** Mines an L1 block, if possible of that timestamp. @returns its hash */
  readonly mine: (timestamp: number, signal?: AbortSignal) => Promise<Hash>
  readonly sequencer: TimedSequencer
  /** False while the node is cut off from L1. */
  readonly canSeeL1: () => boolean
  readonly logger: Logger
}

/** How far, and with how much in it, time is to be moved. */
export interface Advance {
  /** Seconds; the time that it is afterwards. */
  readonly to: number
  /** Seconds between L1 blocks; others are missed, but for the last one. Default: every slot has its block. */
  readonly l1Spacing?: number
  /** What each L2 block gets to take in waiting transactions, milliseconds of the host. Default 0. */
  readonly fillMs?: number
}

// What a block may take before time flows on under it, as after a reset, and before that is a fault.
const patienceMs = 1_000
const stalledMs = 30_000
// How long L1 may take to announce a block.
const l1NewsMs = 2_000
// Time of a chain that steps stands still this much before the next block: the sequencer seals a bit ahead of time.
const standstillMs = 260

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
  #isClosed = false

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
  setMinesL1(minesL1: boolean): void {
    this.#minesL1 = minesL1
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

  /** Runs a task while time stands still. Tasks run one at a time; inside of one, use {@link advance}. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#orders.run(async () => {
      await this.#stopFlow()
      try {
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
  async advance({ to, l1Spacing = this.#options.l1BlockTime, fillMs = 0 }: Advance): Promise<void> {
    for (;;) {
      if (this.#isClosed) throw new TaktError('DEVNET_CLOSED', 'the devnet is being closed')
      const slot = this.#nextSlot(to, l1Spacing)
      const next = Math.min(this.#nextL2Time(), slot)
      if (next > to) break
      if (fillMs > 0) await sleep(this.#deps.clock, fillMs)
      await this.#stepTo(next, slot === next)
    }
    if (to > this.now) this.#deps.clock.set(to * 1000, to * 1000)
  }

  /** Timestamp of the L1 slot that begins then, or else of the next one. */
  slotFrom(timestamp: number): number {
    const { genesisTime, l1BlockTime } = this.#options
    return genesisTime + Math.ceil((timestamp - genesisTime) / l1BlockTime) * l1BlockTime
  }

  /** Stops time for good. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#stopFlow()
  }

  #startFlow(): void {
    const { clock } = this.#deps
    if (this.#isClosed) return
    if (this.#isPaused) {
      clock.set(clock.now(), this.#standstill())
      return
    }
    const stop = new AbortController()
    const ended =
      this.#options.pace === 'live' ? this.#flowLive(stop.signal) : this.#flowInSteps(stop.signal)
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
    const mineInSlot = async (timestamp: number, signal: AbortSignal) => {
      if (!this.#minesL1) return
      // A block that takes longer has missed its slot.
      const timeout = AbortSignal.timeout(l1BlockTime * 1000)
      await mine(timestamp, AbortSignal.any([signal, timeout]))
    }
    const slots = { genesisTime, slotTime: l1BlockTime }
    await runL1Slots(slots, { clock, logger, mine: mineInSlot }, signal)
  }

  async #flowInSteps(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps
    const host = clock.stopwatch
    const aheadMs = clock.now() - host.now()
    while (!signal.aborted) {
      const slot = this.slotFrom(this.now + 1)
      const next = Math.min(this.#nextL2Time(), slot)
      clock.set(clock.now(), this.#standstill())
      try {
        await host.sleepUntil(next * 1000 - aheadMs, signal)
        await this.#stepTo(next, slot === next)
      } catch (error) {
        if (!signal.aborted) logger.warn('Could not move the chains on', { to: next, error })
      }
    }
  }

  /** Everything that belongs to that second: the L1 block first, so that the L2 block after the next knows it. */
  async #stepTo(timestamp: number, isSlot: boolean): Promise<void> {
    if (isSlot && this.#minesL1) await this.#mineSeen(timestamp)
    this.#deps.clock.set(timestamp * 1000, this.#standstill(timestamp))
    await this.#sequencerReaches(this.#l2TimeAt(timestamp))
  }

  async #mineSeen(timestamp: number): Promise<void> {
    const { mine, sequencer, clock, canSeeL1 } = this.#deps
    const hash = await mine(timestamp)
    const deadlineMs = clock.stopwatch.now() + l1NewsMs
    while (sequencer.isSequencing && canSeeL1() && !sequencer.hasSeen(hash)) {
      if (clock.stopwatch.now() > deadlineMs) return
      await sleep(clock, 1)
    }
    await sequencer.settled()
  }

  /** Waits for the block of that time, and until the one after it is being built. */
  async #sequencerReaches(timestamp: number): Promise<void> {
    const { sequencer, clock } = this.#deps
    const startedMs = clock.stopwatch.now()
    let isPatient = true
    while (sequencer.isSequencing && !this.#isReached(timestamp)) {
      const waitedMs = clock.stopwatch.now() - startedMs
      if (waitedMs > stalledMs) throw stalled(sequencer.headTimestamp, timestamp)
      if (isPatient && waitedMs > patienceMs) {
        isPatient = false
        clock.set(clock.now())
      }
      await sleep(clock, 1)
    }
    if (!isPatient) clock.set(clock.now(), Math.max(clock.now(), this.#standstill()))
    await sequencer.settled()
  }

  #isReached(timestamp: number): boolean {
    const { headTimestamp, buildingTimestamp } = this.#deps.sequencer
    return headTimestamp >= timestamp && buildingTimestamp > headTimestamp
  }

  /** When time must stand still before the next block. Milliseconds. */
  #standstill(after = this.now): number {
    const { genesisTime, l2BlockTime } = this.#options
    const next = genesisTime + (Math.floor((after - genesisTime) / l2BlockTime) + 1) * l2BlockTime
    const { clock } = this.#deps
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

function stalled(head: number, wanted: number): TaktError {
  return new TaktError(
    'CHAIN_STALLED',
    `the sequencer does not make blocks: its head is of ${head}, it should be of ${wanted}`,
    {
      context: { head, wanted },
      metaMessages: ['Look whether its engine and its L1 are there, or pause the sequencer.'],
    },
  )
}
