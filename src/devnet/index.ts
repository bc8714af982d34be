/** A whole OP Stack chain in this process: `await using devnet = await createDevnet()`. */

export type {
  DevnetControl,
  DevnetPart,
  DevnetStatus,
  LatencyTarget,
  OutageTarget,
} from './control/control.ts'
export { createDevnet, type Devnet } from './devnet.ts'
export {
  type DevnetAccount,
  type DevnetDescriptor,
  type DevnetOptions,
  defaultDevnetOptions,
  type L1Contracts,
  type OptionName,
  type ProposalKind,
  type UpgradeTimes,
} from './options.ts'
export type { DevnetDeps } from './startParts.ts'
