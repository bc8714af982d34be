import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Provider } from '../derive/providers.ts'
import { EngineController } from '../engine/controller.ts'
import { Finalizer } from '../engine/finalizer.ts'
import type { EngineApi, L2Chain } from '../engine/interface.ts'
import type { SafeHeadDatabase } from '../engine/safeHeadDatabase.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { TaskGroup } from '../runtime/taskGroup.ts'
import { BlockPlanner } from '../sequencer/blockPlanner.ts'
import type { Conductor } from '../sequencer/conductor.ts'
import { rememberL1 } from '../sequencer/l1Cache.ts'
import { L1OriginSelector } from '../sequencer/originSelector.ts'
import type { Publisher } from '../sequencer/publisher.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { Sequencer } from '../sequencer/sequencer.ts'
import type { Derivation } from './derivation.ts'
import { Driver } from './driver.ts'
import type { DriverObserver } from './observer.ts'
import { Verifier } from './verifier.ts'

export interface CreateDriverOptions {
  readonly config: RollupConfig
  readonly upgradeBundles: UpgradeBundles
  /** This node may make blocks. */
  readonly canSequence?: boolean
  /** Distance that derivation keeps from the L1 head, in blocks. Default 0. */
  readonly verifierL1Confs?: number
  /** See `SyncStartOptions.skipCheck`. */
  readonly skipSyncStartCheck?: boolean
  /** Let the engine fetch the chain from its own peers first. */
  readonly elSync?: { readonly worksPastFinality: boolean } | undefined
  /** See `EngineControllerOptions`. */
  readonly trustsEngine?: boolean
  readonly sequencer: {
    /** Make blocks as soon as the heads are known. */
    readonly active: boolean
    readonly l1Confs: number
    readonly recover: boolean
    readonly minSealingMarginMs: number
    readonly maxSealingMarginMs: number
  }
}

export interface CreateDriverDeps {
  readonly l1: L1Provider
  readonly engine: EngineApi
  readonly l2: L2Chain
  /** Without it the safe and the finalized head stay where they are. */
  readonly derivation?: Derivation | undefined
  readonly safeHeads?: SafeHeadDatabase | undefined
  readonly conductor: Conductor
  readonly publisher: Publisher
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Closed by the caller after `run` has ended. */
  readonly tasks: TaskGroup
  /** Told of every block that was made. Must return at once. */
  readonly onBlock?: (block: SequencedBlock) => void
  readonly observe?: DriverObserver | undefined
}

/** Puts engine controller, sequencer and driver together. Nothing happens before `run`. */
export function createDriver(options: CreateDriverOptions, deps: CreateDriverDeps): Driver {
  const {
    config,
    upgradeBundles,
    elSync,
    trustsEngine = false,
    canSequence = true,
    skipSyncStartCheck = false,
  } = options
  const l1 = rememberL1(deps.l1)
  const engine = new EngineController({ config, elSync, trustsEngine }, deps)
  const origins = new L1OriginSelector({ config, ...options.sequencer }, { ...deps, l1 })
  const planner = new BlockPlanner(
    { config, upgradeBundles, recover: options.sequencer.recover },
    { ...deps, origins, l1 },
  )
  const sequencer = new Sequencer(
    { config, ...options.sequencer },
    { ...deps, engine, planner, onBlock: (block) => deps.onBlock?.(block) },
  )
  if (options.sequencer.active) sequencer.activate()
  const verifier = createVerifier(options, deps, engine)
  return new Driver(
    { config, canSequence, skipSyncStartCheck },
    { ...deps, engine, sequencer, verifier, origins },
  )
}

function createVerifier(
  { verifierL1Confs = 0 }: CreateDriverOptions,
  deps: CreateDriverDeps,
  engine: EngineController,
): Verifier | undefined {
  const { derivation, safeHeads, l1, l2, clock, logger } = deps
  if (derivation === undefined) return undefined
  const finalizer = new Finalizer({ l1 })
  return new Verifier(
    { l1Confs: verifierL1Confs },
    { engine, derivation, finalizer, l1, l2, safeHeads, clock, logger },
  )
}
