import type { Logger } from '../runtime/logger.ts'
import type { DevnetChain } from './chainFiles.ts'
import type { DevnetL1 } from './l1/l1.ts'
import type { DevnetL1Links } from './l1/l1Links.ts'
import type { DevnetOptions } from './options.ts'
import type { RollupNode } from './services/rollupNode.ts'
import type { ChainClock } from './time/chainClock.ts'
import { LivePace } from './time/livePace.ts'
import { Lockstep, type LockstepDeps } from './time/lockstep.ts'
import type { TimedSequencer } from './time/pace.ts'
import { Timekeeper } from './time/timekeeper.ts'

export interface ChainTimeDeps {
  readonly chain: DevnetChain
  readonly l1: DevnetL1
  readonly links: DevnetL1Links
  readonly clock: ChainClock
  readonly sequencer: RollupNode
  readonly nodes: readonly RollupNode[]
  /** Of batcher and proposer, where all go in lockstep. */
  readonly turns: LockstepDeps['turns'] | undefined
  readonly logger: Logger
}

/** Puts together who decides what time it is on the chains, and at which pace. Time does not flow yet. */
export function createTimekeeper(
  { blockTime, l1BlockTime }: Pick<DevnetOptions, 'blockTime' | 'l1BlockTime'>,
  { chain, l1, links, clock, sequencer: node, nodes, turns, logger }: ChainTimeDeps,
): Timekeeper {
  const sequencer = timedSequencer(node)
  const deps = { clock, logger, sequencer, canSeeL1: () => !links.l1.isCut }
  const pace = turns === undefined ? new LivePace(deps) : new Lockstep({ ...deps, nodes, turns })
  return new Timekeeper(
    { genesisTime: chain.genesisTime, l1BlockTime, l2BlockTime: blockTime },
    {
      ...deps,
      pace,
      async mine(timestamp, signal) {
        await l1.mine(timestamp, signal)
        return (await l1.head()).hash
      },
    },
  )
}

function timedSequencer(node: RollupNode): TimedSequencer {
  return {
    get isSequencing() {
      return node.isSequencing && !node.isEngineOut
    },
    get headTimestamp() {
      return Number(node.syncStatus().unsafeL2.timestamp)
    },
    get buildingTimestamp() {
      return Number(node.buildingTimestamp)
    },
    nextBegun: () => node.nextBegun(),
    lookAtL1: () => node.lookAtL1(),
    hasSeen: (hash) => node.syncStatus().headL1.hash === hash,
    settled: () => node.settled(),
    filled: () => node.filled(),
  }
}
