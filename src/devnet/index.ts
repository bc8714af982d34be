/** A whole OP Stack chain in this process: `await using devnet = await createDevnet()`. */

export { createDevnet, type Devnet, type DevnetDeps } from './devnet.ts'
export {
  type DevnetAccount,
  type DevnetDescriptor,
  type DevnetOptions,
  defaultDevnetOptions,
  type L1Contracts,
} from './options.ts'
