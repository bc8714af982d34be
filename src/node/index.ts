/** A rollup node in this process. */

export type { NodeEngine } from './endpoints.ts'
export { createNode, type TaktNode } from './node.ts'
export type { NodeDeps } from './nodeParts.ts'
export type { CountableDerivationEvent, NodeObserver, ObservedNode } from './observer.ts'
export {
  type BeaconOptions,
  defaultNodeOptions,
  type L1Options,
  type L2Options,
  type NodeOptions,
  type NodeOptionsInput,
  nodeOptions,
  type RpcOptions,
  type SequencerOptions,
} from './options.ts'
