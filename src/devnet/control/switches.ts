import { assertNever } from '../../base/assertNever.ts'
import { TaktError } from '../../base/errors.ts'
import type { DevnetL1Links } from '../l1/l1Links.ts'
import type { RollupNode } from '../services/rollupNode.ts'
import type { Timekeeper } from '../time/timekeeper.ts'
import {
  type DevnetControl,
  type DevnetPart,
  type DevnetStatus,
  devnetParts,
  type LatencyTarget,
  type OutageTarget,
  outageTargets,
} from './control.ts'

/** A part that works on its own account on L1. */
export interface DevnetService {
  readonly isRunning: boolean
  start(): Promise<void>
  /** Does nothing when it does not run. */
  stop(): Promise<void>
}

export interface SwitchesDeps {
  readonly timekeeper: Timekeeper
  readonly links: DevnetL1Links
  readonly sequencer: RollupNode
  readonly verifier: RollupNode | undefined
  readonly batcher: DevnetService | undefined
  readonly proposer: DevnetService | undefined
}

type SwitchControl = Pick<
  DevnetControl,
  'pause' | 'resume' | 'startOutage' | 'endOutage' | 'setLatency'
>

/** What of a devnet is switched off, slowed down or held. */
export class Switches implements SwitchControl {
  readonly #deps: SwitchesDeps
  readonly #outServices = new Set<OutageTarget>()
  #isSequencerPaused = false
  /** The verifier was resumed while L1 was out: it starts when it can see L1. */
  #awaitsVerifier = false

  constructor(deps: SwitchesDeps) {
    this.#deps = deps
  }

  get state(): Pick<DevnetStatus, 'paused' | 'outages' | 'latencyMs'> {
    const { links, sequencer } = this.#deps
    return {
      paused: devnetParts.filter((part) => this.#isPaused(part)),
      outages: outageTargets.filter((target) => this.#isOut(target)),
      latencyMs: {
        l1: links.l1.latencyMs,
        beacon: links.beacon.latencyMs,
        engine: sequencer.engineLatencyMs,
      },
    }
  }

  async pause(part: DevnetPart = 'time'): Promise<void> {
    const { timekeeper, sequencer } = this.#deps
    switch (part) {
      case 'time':
        return timekeeper.pause()
      case 'l1':
        return timekeeper.setMinesL1(false)
      case 'sequencer':
        this.#isSequencerPaused = true
        return sequencer.pauseSequencing()
      case 'verifier':
        this.#awaitsVerifier = false
        return this.#verifier.stop()
      case 'batcher':
      case 'proposer':
        return this.#service(part).stop()
      default:
        assertNever(part)
    }
  }

  async resume(part: DevnetPart = 'time'): Promise<void> {
    const { timekeeper, sequencer } = this.#deps
    switch (part) {
      case 'time':
        return timekeeper.resume()
      case 'l1':
        return timekeeper.setMinesL1(true)
      case 'sequencer':
        this.#isSequencerPaused = false
        return sequencer.resumeSequencing()
      case 'verifier':
        return this.#startVerifier()
      case 'batcher':
      case 'proposer':
        return this.#startService(part)
      default:
        assertNever(part)
    }
  }

  async startOutage(target: OutageTarget): Promise<void> {
    const { links, sequencer } = this.#deps
    switch (target) {
      case 'l1':
      case 'beacon':
        return links[target].cut()
      case 'engine':
        return sequencer.cutEngine()
      case 'batcher':
      case 'proposer':
        await this.#service(target).stop()
        this.#outServices.add(target)
        return
      default:
        assertNever(target)
    }
  }

  async endOutage(target: OutageTarget): Promise<void> {
    const { links, sequencer } = this.#deps
    switch (target) {
      case 'l1':
        links.l1.restore()
        if (this.#awaitsVerifier) await this.#startVerifier()
        return
      case 'beacon':
        return links.beacon.restore()
      case 'engine':
        return sequencer.restoreEngine()
      case 'batcher':
      case 'proposer':
        return this.#startService(target)
      default:
        assertNever(target)
    }
  }

  async setLatency(target: LatencyTarget, latencyMs: number): Promise<void> {
    const { links, sequencer } = this.#deps
    if (target === 'engine') sequencer.setEngineLatency(latencyMs)
    else links[target].setLatency(latencyMs)
  }

  async #startVerifier(): Promise<void> {
    const verifier = this.#verifier
    this.#awaitsVerifier = this.#deps.links.l1.isCut
    if (!this.#awaitsVerifier) await verifier.start()
  }

  async #startService(name: 'batcher' | 'proposer'): Promise<void> {
    const service = this.#service(name)
    if (!service.isRunning) await service.start()
    this.#outServices.delete(name)
  }

  #isPaused(part: DevnetPart): boolean {
    const { timekeeper, verifier } = this.#deps
    switch (part) {
      case 'time':
        return timekeeper.isPaused
      case 'l1':
        return !timekeeper.minesL1
      case 'sequencer':
        return this.#isSequencerPaused
      case 'verifier':
        return verifier !== undefined && !verifier.isRunning && !this.#awaitsVerifier
      case 'batcher':
      case 'proposer':
        return this.#deps[part]?.isRunning === false && !this.#outServices.has(part)
      default:
        return assertNever(part)
    }
  }

  #isOut(target: OutageTarget): boolean {
    const { links, sequencer } = this.#deps
    if (target === 'engine') return sequencer.isEngineOut
    if (target === 'batcher' || target === 'proposer') return this.#outServices.has(target)
    return links[target].isCut
  }

  get #verifier(): RollupNode {
    return this.#deps.verifier ?? absent('verifier')
  }

  #service(name: 'batcher' | 'proposer'): DevnetService {
    return this.#deps[name] ?? absent(name)
  }
}

function absent(part: string): never {
  throw new TaktError('PART_ABSENT', `this devnet has no ${part}`)
}
