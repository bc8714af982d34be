/** Control of an execution engine: the heads, and the order of the calls. */

export { EngineController } from './controller.ts'
export type { EngineHeads } from './heads.ts'
export type {
  BlockLabel,
  EngineApi,
  ForkchoiceState,
  ForkchoiceUpdated,
  L2Chain,
  PayloadId,
  PayloadStatus,
} from './interface.ts'
export type {
  BuildJob,
  BuildOutcome,
  InsertOutcome,
  InvalidOutcome,
  SealedBlock,
  SealOutcome,
  StaleOutcome,
} from './tasks.ts'
