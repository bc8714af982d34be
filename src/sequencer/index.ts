/** When blocks are built, on which L1 origin, and what happens to them. */

export {
  type BlockPlan,
  BlockPlanner,
  type BlockPlannerDeps,
  type BlockPlannerOptions,
} from './blockPlanner.ts'
export { type Conductor, disabledConductor } from './conductor.ts'
export { chooseL1Origin, type OriginChoice } from './l1Origin.ts'
export { mustSkipTxPool } from './noTxPool.ts'
export {
  L1OriginSelector,
  type OriginSelectorDeps,
  type OriginSelectorOptions,
} from './originSelector.ts'
export { noPublisher, type Publisher } from './publisher.ts'
export { type BuildWindow, buildWindow } from './schedule.ts'
export { type BlockTimes, latenessMs, type SequencedBlock } from './sequencedBlock.ts'
export { Sequencer, type SequencerDeps, type SequencerOptions } from './sequencer.ts'
