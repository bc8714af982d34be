import type { Address } from '../base/hex.ts'
import type { Fork } from './forks.ts'
import type { BlockId } from './refs.ts'
import type { SystemConfig } from './systemConfig.ts'

/**
 * The constants of one rollup: op-node's `rollup.json`, parsed.
 *
 * @see https://specs.optimism.io/protocol/configurability.html
 */
export interface RollupConfig {
  readonly genesis: {
    readonly l1: BlockId
    readonly l2: BlockId
    /** Timestamp of the L2 genesis block, seconds. */
    readonly l2Time: bigint
    readonly systemConfig: SystemConfig
  }
  /** Seconds. */
  readonly blockTime: bigint
  /** Seconds; the protocol's constant of 1800 replaces it from Fjord on. */
  readonly maxSequencerDrift: bigint
  /** L1 blocks. */
  readonly seqWindowSize: bigint
  /** L1 blocks; the protocol's constant of 50 replaces it from Granite on. */
  readonly channelTimeout: bigint
  readonly l1ChainId: bigint
  readonly l2ChainId: bigint
  /** L2 timestamp at which each fork activates; absent when it never does. Bedrock is active from genesis. */
  readonly forkTimes: Readonly<Partial<Record<Exclude<Fork, 'bedrock'>, bigint>>>
  /** L1 time from which L1 fees are priced by Pectra's blob schedule, on chains that needed the correction. */
  readonly pectraBlobScheduleTime: bigint | undefined
  readonly batchInboxAddress: Address
  readonly depositContractAddress: Address
  readonly l1SystemConfigAddress: Address
  readonly protocolVersionsAddress: Address
  /** EIP-1559 constants of the chain, used where the header does not carry its own. */
  readonly chainOpConfig: {
    readonly eip1559Elasticity: bigint
    readonly eip1559Denominator: bigint
    readonly eip1559DenominatorCanyon: bigint
  }
  /** Keep the upgrade gas of the Karst activation block in the gas limit that follows it. */
  readonly keepKarstUpgradeGas: boolean
}
