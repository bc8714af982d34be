/** The embedded execution engine of the OP Stack, in a thread of its own. */

export { type EmbeddedEngine, startEmbeddedEngine } from './worker/client.ts'
export type { EngineThreadOptions, ListenAddress } from './worker/messages.ts'
