/** Fakes for tests of what is built on takt: a clock by hand, an L1 and an engine in memory, a batcher. */

export { batchData } from './batchData.ts'
export { Batcher, fakeBlobHash, framesOf, type InboxConfig } from './batcher.ts'
export { DataL1, type DataL1Content } from './dataL1.ts'
export {
  type EngineCallRecord,
  type EngineFault,
  type EngineMethod,
  FakeEngine,
  fakeGenesis,
} from './fakeEngine.ts'
export { FakeL1, type FakeL1Options } from './fakeL1.ts'
export { type FakeRollupOptions, fakeRollupConfig } from './fakeRollup.ts'
export { ManualClock, settle } from './manualClock.ts'
