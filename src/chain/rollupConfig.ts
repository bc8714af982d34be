import type { Address } from '../base/hex.ts'
import { type Fork, type ForkSchedule, isForkActivation, isForkActive } from './forks.ts'
import type { BlockId } from './refs.ts'
import type { SystemConfig } from './systemConfig.ts'

/**
 * The constants of one rollup: op-node's `rollup.json`, parsed.
 *
 * @see https://specs.optimism.io/protocol/configurability.html
 */
export interface RollupConfig extends ForkSchedule {
  readonly genesis: {
    readonly l1: BlockId
    readonly l2: BlockId
    /** Timestamp of the L2 genesis block, seconds. */
    readonly l2Time: bigint
    readonly systemConfig: SystemConfig
  }
  /** Seconds. */
  readonly blockTime: bigint
  /** Seconds, before Fjord; {@link maxSequencerDrift} has the value in force. */
  readonly maxSequencerDrift: bigint
  /** L1 blocks. */
  readonly seqWindowSize: bigint
  /** L1 blocks, before Granite; {@link channelTimeout} has the value in force. */
  readonly channelTimeout: bigint
  readonly l1ChainId: bigint
  readonly l2ChainId: bigint
  /** L1 time until which L1 blob fees are priced by Cancun's schedule, on chains that need the correction. */
  readonly pectraBlobScheduleTime: bigint | undefined
  readonly batchInboxAddress: Address
  readonly depositContractAddress: Address
  readonly l1SystemConfigAddress: Address
  readonly protocolVersionsAddress: Address
  readonly chainOpConfig: ChainOpConfig
  /** Keep the upgrade gas of the Karst activation block in the gas limit that follows it. */
  readonly keepKarstUpgradeGas: boolean
}

/** EIP-1559 constants of a chain, used where the header does not carry its own. */
export interface ChainOpConfig {
  readonly eip1559Elasticity: bigint
  readonly eip1559Denominator: bigint
  /** From Canyon. */
  readonly eip1559DenominatorCanyon: bigint
}

/** True when the L2 block of that timestamp is the first under the rules of `fork`. */
export function isForkActivationBlock(
  config: RollupConfig,
  fork: Fork,
  timestamp: bigint,
): boolean {
  const parentTimestamp = timestamp - config.blockTime
  return parentTimestamp >= 0n && isForkActivation(config, fork, parentTimestamp, timestamp)
}

/**
 * Seconds that an L2 block may be ahead of its L1 origin, by the timestamp of that origin.
 *
 * @see https://specs.optimism.io/protocol/fjord/derivation.html#constant-maximum-sequencer-drift
 */
export function maxSequencerDrift(config: RollupConfig, l1Timestamp: bigint): bigint {
  return isForkActive(config, 'fjord', l1Timestamp) ? 1800n : config.maxSequencerDrift
}

/**
 * L1 blocks within which a channel must be complete, by the timestamp of the L1 block that is read.
 *
 * @see https://specs.optimism.io/protocol/granite/derivation.html#reduce-channel-timeout
 */
export function channelTimeout(config: RollupConfig, l1Timestamp: bigint): bigint {
  return isForkActive(config, 'granite', l1Timestamp) ? 50n : config.channelTimeout
}

/** Bytes that a channel may decompress to, by the timestamp of the L1 block that is read. */
export function maxRlpBytesPerChannel(config: RollupConfig, l1Timestamp: bigint): number {
  return isForkActive(config, 'fjord', l1Timestamp) ? 100_000_000 : 10_000_000
}

/** Bytes of frames that the channel bank may hold before it drops its oldest channel. */
export function maxChannelBankSize(config: RollupConfig, l1Timestamp: bigint): number {
  return isForkActive(config, 'fjord', l1Timestamp) ? 1_000_000_000 : 100_000_000
}
