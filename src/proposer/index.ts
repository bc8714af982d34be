/** Proposes output roots to L1. */

export type { L1Reader, NodeStatus, Output, OutputSource } from './interface.ts'
export { defaultProposerOptions, type ProposerOptions, proposerOptions } from './options.ts'
export { createProposer, type Proposer, type ProposerDeps } from './proposer.ts'
