/** What L1 says that L2 must be: payload attributes from deposits and config. */

export { type AttributesDeps, preparePayloadAttributes } from './attributes.ts'
export type { L1Block, L1Log, L1Provider, L1Receipt } from './providers.ts'
