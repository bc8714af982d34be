/** A rollup node for the OP Stack. The parts have entries of their own: `takt/protocol`, `takt/devnet` and so on. */

export { ChainError, ConfigError, DecodeError, TaktError } from './base/errors.ts'
export { exitCodes } from './base/exitCodes.ts'
export { parseRollupConfig } from './chain/rollupConfigJson.ts'
export { createDevnet, type Devnet } from './devnet/devnet.ts'
export type { DevnetDescriptor, DevnetOptions } from './devnet/options.ts'
export type { DevnetDeps } from './devnet/startParts.ts'
export { type EmbeddedEngine, startEmbeddedEngine } from './execution/worker/client.ts'
export { createNode, type TaktNode } from './node/node.ts'
export type { NodeDeps } from './node/nodeParts.ts'
export { type NodeOptions, type NodeOptionsInput, nodeOptions } from './node/options.ts'
export { systemClock } from './runtime/clock.ts'
export { type Logger, silentLogger } from './runtime/logger.ts'
