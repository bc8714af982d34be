/** What L1 says that L2 must be: the derivation pipeline, and payload attributes. */

export { type AttributesDeps, preparePayloadAttributes } from './attributes.ts'
export type { DerivedAttributes } from './derivedAttributes.ts'
export type { DerivationEvent, DerivationObserver } from './observer.ts'
export { createPipeline, Pipeline, type PipelineProviders, type StepOutcome } from './pipeline.ts'
export { findPipelineStart, type PipelineStartDeps } from './pipelineStart.ts'
export type {
  BlobProvider,
  L1Block,
  L1DataProvider,
  L1Log,
  L1Provider,
  L1Receipt,
  SafeChainProvider,
} from './providers.ts'
