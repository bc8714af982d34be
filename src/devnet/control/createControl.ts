import { TaktError } from '../../base/errors.ts'
import type { BlockId } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { DevnetL1 } from '../l1/l1.ts'
import type { RollupNode } from '../services/rollupNode.ts'
import type { ChainClock } from '../time/chainClock.ts'
import type { BlockJson, DevnetControl, DevnetStatus, L2HeadsJson } from './control.ts'
import { Snapshots } from './snapshots.ts'
import { Switches, type SwitchesDeps } from './switches.ts'

export interface ControlDeps extends SwitchesDeps {
  readonly config: RollupConfig
  readonly clock: ChainClock
  readonly l1: DevnetL1
}

// Far below the drift that a sequencer is allowed, and so rare that weeks fit into a sequencing window.
const warpL1Spacing = 300

/** Puts together what a script can do to a devnet. */
export function createControl(deps: ControlDeps): DevnetControl {
  const { config, clock, timekeeper, l1, links, sequencer, verifier, batcher, proposer } = deps
  const switches = new Switches(deps)
  const nodes = verifier === undefined ? [sequencer] : [sequencer, verifier]
  const snapshots = new Snapshots({ l1, clock, nodes })

  async function status(): Promise<DevnetStatus> {
    const head = await l1.head()
    return {
      time: timekeeper.now,
      aheadSeconds: Math.round((clock.now() - clock.stopwatch.now()) / 1000),
      ...switches.state,
      l1: { ...blockJson(head), timestamp: Number(head.timestamp) },
      l2: headsOf(sequencer),
      verifier: verifier && headsOf(verifier),
    }
  }

  function exclusively(task: () => Promise<void>): Promise<DevnetStatus> {
    return timekeeper.exclusively(async () => {
      await task()
      await timekeeper.settled()
      return status()
    })
  }

  async function mineL1(blocks: number): Promise<void> {
    if (!timekeeper.minesL1) throw paused('L1_PAUSED', 'L1')
    const wanted = (await l1.head()).number + BigInt(blocks)
    // A slot is missed where somebody has set L1's time ahead.
    while ((await l1.head()).number < wanted) {
      await timekeeper.advance({ to: timekeeper.slotFrom(timekeeper.now + 1), fills: true })
    }
  }

  async function revert(id: string): Promise<void> {
    if (links.l1.isCut) throw l1Out()
    const services = [batcher, proposer].filter((service) => service?.isRunning)
    await Promise.all(services.map((service) => service?.stop()))
    try {
      await snapshots.revert(id)
    } finally {
      await Promise.all(services.map((service) => service?.start()))
    }
  }

  return {
    status,
    warp: (seconds) =>
      exclusively(async () => {
        const to = timekeeper.slotFrom(timekeeper.now + seconds)
        await timekeeper.advance({ to, l1Spacing: warpL1Spacing })
      }),
    mine: (blocks = 1) =>
      exclusively(async () => {
        if (!sequencer.isSequencing) throw paused('SEQUENCER_PAUSED', 'the sequencer')
        if (sequencer.isEngineOut) throw engineOut()
        const { timestamp } = sequencer.syncStatus().unsafeL2
        const to = Number(timestamp + BigInt(blocks) * config.blockTime)
        await timekeeper.advance({ to, fills: true })
      }),
    mineL1: (blocks = 1) => exclusively(() => mineL1(blocks)),
    reorgL1: (depth) =>
      exclusively(async () => {
        const { number } = await l1.head()
        const deepest = number - config.genesis.l1.number
        if (BigInt(depth) > deepest) throw reorgTooDeep(depth, deepest)
        await l1.request('anvil_reorg', [depth, []])
        snapshots.forgetAbove(number - BigInt(depth))
      }),
    pause: (part) => switches.pause(part),
    resume: (part) => switches.resume(part),
    startOutage: (target) => switches.startOutage(target),
    endOutage: (target) => switches.endOutage(target),
    setLatency: (target, latencyMs) => switches.setLatency(target, latencyMs),
    snapshot: () => timekeeper.exclusively(() => snapshots.take()),
    revert: (id) => exclusively(() => revert(id)),
  }
}

function headsOf(node: RollupNode): L2HeadsJson | undefined {
  if (!node.isRunning) return undefined
  const { unsafeL2, safeL2, finalizedL2 } = node.syncStatus()
  return {
    unsafe: blockJson(unsafeL2),
    safe: blockJson(safeL2),
    finalized: blockJson(finalizedL2),
  }
}

function blockJson({ hash, number }: BlockId): BlockJson {
  return { hash, number: Number(number) }
}

function paused(code: string, who: string): TaktError {
  return new TaktError(code, `${who} makes no blocks: it is paused`)
}

function l1Out(): TaktError {
  return new TaktError('L1_OUT', 'nodes cannot begin anew while they do not see L1', {
    metaMessages: ['End the outage of L1 first.'],
  })
}

function engineOut(): TaktError {
  return new TaktError('ENGINE_OUT', 'the sequencer makes no blocks: its engine is out')
}

function reorgTooDeep(depth: number, deepest: bigint): TaktError {
  return new TaktError(
    'REORG_TOO_DEEP',
    `L1 cannot be reorganized ${depth} blocks deep: the rollup begins ${deepest} blocks below its head`,
  )
}
