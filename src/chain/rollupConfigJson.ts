import { z } from 'zod'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Hex } from '../base/hex.ts'
import { zeroAddress } from '../base/hex.ts'
import { type ForkTimes, isForkActive, type ScheduledFork, scheduledForks } from './forks.ts'
import type { RollupConfig } from './rollupConfig.ts'
import { rollupConfigProblems } from './rollupConfigProblems.ts'

/**
 * Parses the text of op-node's `rollup.json`.
 *
 * Keys that only inform are passed over; a key that would change consensus in a way takt does not know
 * (alternative data availability, a fork of the future) is refused.
 *
 * @throws {ConfigError} `ROLLUP_CONFIG_INVALID` naming every field that is wrong.
 * @see https://specs.optimism.io/protocol/configurability.html
 */
export function parseRollupConfig(text: string): RollupConfig {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid([`is not JSON: ${(cause as Error).message}`], cause)
  }
  return rollupConfigFromJson(json)
}

/** {@link parseRollupConfig} for JSON that is parsed already. */
export function rollupConfigFromJson(json: unknown): RollupConfig {
  const result = rollupJson.safeParse(json)
  if (!result.success) {
    throw invalid(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const problems = unknownConsensusKeys(result.data)
  if (problems.length > 0) throw invalid(problems)
  const config = toRollupConfig(result.data)
  const broken = rollupConfigProblems(config)
  if (broken.length > 0) throw invalid(broken)
  return config
}

/** The config as op-node writes it, for `optimism_rollupConfig` and for files. */
export function rollupConfigToJson(config: RollupConfig): Record<string, unknown> {
  const { genesis, chainOpConfig } = config
  const systemConfig = genesis.systemConfig
  const forkTimes = scheduledForks.flatMap((fork) => {
    const time = config.forkTimes[fork]
    return time === undefined ? [] : [[`${fork}_time`, Number(time)]]
  })
  return {
    genesis: {
      l1: { hash: genesis.l1.hash, number: Number(genesis.l1.number) },
      l2: { hash: genesis.l2.hash, number: Number(genesis.l2.number) },
      l2_time: Number(genesis.l2Time),
      system_config: {
        batcherAddr: systemConfig.batcherAddress,
        overhead: systemConfig.overhead,
        scalar: systemConfig.scalar,
        gasLimit: Number(systemConfig.gasLimit),
        eip1559Params: packed(
          [4, systemConfig.eip1559Denominator],
          [4, systemConfig.eip1559Elasticity],
        ),
        operatorFeeParams: packed(
          [20, 0],
          [4, systemConfig.operatorFeeScalar],
          [8, systemConfig.operatorFeeConstant],
        ),
        minBaseFee: Number(systemConfig.minBaseFee),
        daFootprintGasScalar: systemConfig.daFootprintGasScalar,
      },
    },
    block_time: Number(config.blockTime),
    max_sequencer_drift: Number(config.maxSequencerDrift),
    seq_window_size: Number(config.seqWindowSize),
    channel_timeout: Number(config.channelTimeout),
    l1_chain_id: Number(config.l1ChainId),
    l2_chain_id: Number(config.l2ChainId),
    ...Object.fromEntries(forkTimes),
    ...(config.pectraBlobScheduleTime !== undefined && {
      pectra_blob_schedule_time: Number(config.pectraBlobScheduleTime),
    }),
    ...(config.keepKarstUpgradeGas && { keep_karst_upgrade_gas: true }),
    batch_inbox_address: config.batchInboxAddress,
    deposit_contract_address: config.depositContractAddress,
    l1_system_config_address: config.l1SystemConfigAddress,
    protocol_versions_address: config.protocolVersionsAddress,
    chain_op_config: {
      eip1559Elasticity: Number(chainOpConfig.eip1559Elasticity),
      eip1559Denominator: Number(chainOpConfig.eip1559Denominator),
      eip1559DenominatorCanyon: Number(chainOpConfig.eip1559DenominatorCanyon),
    },
  }
}

const hexBytes = (size: number) =>
  z
    .string(`expected ${size} bytes of hex with 0x prefix`)
    .regex(
      new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`),
      `expected ${size} bytes of hex with 0x prefix`,
    )
    .transform((text) => text.toLowerCase() as Hex)
const wholeNumber = z.int('expected a whole number').nonnegative('must not be negative')
const count = wholeNumber.transform(BigInt)
const uint32 = wholeNumber.max(0xffff_ffff, 'must fit into 32 bits')
const blockIdJson = z.looseObject({ hash: hexBytes(32), number: count })

const systemConfigJson = z.looseObject({
  batcherAddr: hexBytes(20),
  overhead: hexBytes(32),
  scalar: hexBytes(32),
  gasLimit: count,
  eip1559Params: hexBytes(8).nullish(),
  operatorFeeParams: hexBytes(32).nullish(),
  minBaseFee: count.nullish(),
  daFootprintGasScalar: wholeNumber.max(0xffff, 'must fit into 16 bits').nullish(),
})

const rollupJson = z.looseObject({
  genesis: z.looseObject({
    l1: blockIdJson,
    l2: blockIdJson,
    l2_time: count,
    system_config: systemConfigJson,
  }),
  block_time: count,
  max_sequencer_drift: count.nullish(),
  seq_window_size: count,
  channel_timeout: count,
  l1_chain_id: count,
  l2_chain_id: count,
  ...(Object.fromEntries(scheduledForks.map((fork) => [`${fork}_time`, count.nullish()])) as Record<
    `${ScheduledFork}_time`,
    z.ZodOptional<z.ZodNullable<typeof count>>
  >),
  pectra_blob_schedule_time: count.nullish(),
  keep_karst_upgrade_gas: z.boolean('expected true or false').nullish(),
  batch_inbox_address: hexBytes(20),
  deposit_contract_address: hexBytes(20),
  l1_system_config_address: hexBytes(20),
  protocol_versions_address: hexBytes(20).nullish(),
  chain_op_config: z
    .looseObject({
      eip1559Elasticity: uint32.transform(BigInt),
      eip1559Denominator: uint32.transform(BigInt),
      eip1559DenominatorCanyon: uint32.transform(BigInt).nullish(),
    })
    .nullish(),
})

type RollupJson = z.output<typeof rollupJson>

/** What OP Mainnet and nearly every other chain uses; op-node takes it from its embedded registry. */
const standardChainOpConfig = {
  eip1559Elasticity: 6n,
  eip1559Denominator: 50n,
  eip1559DenominatorCanyon: 250n,
}

/** Names under which alternative data availability has been configured. */
const altDaKeys = ['alt_da', 'use_alt_da', 'plasma_config', 'use_plasma']

function unknownConsensusKeys(json: RollupJson): string[] {
  const isSet = (key: string) =>
    json[key] !== undefined && json[key] !== null && json[key] !== false
  const altDa = altDaKeys
    .filter(isSet)
    .map((key) => `${key}: takt derives from Ethereum only, not from alternative data availability`)
  const knownTimes = new Set(['block_time', ...Object.keys(rollupJson.shape)])
  const forkTimes = Object.keys(json)
    .filter((key) => key.endsWith('_time') && !knownTimes.has(key) && isSet(key))
    .map((key) => `${key}: this version of takt does not know that fork; its newest is Karst`)
  return [...altDa, ...forkTimes]
}

function toRollupConfig(json: RollupJson): RollupConfig {
  const { genesis } = json
  const system = genesis.system_config
  const eip1559Params = BigInt(system.eip1559Params ?? 0)
  const operatorFeeParams = BigInt(system.operatorFeeParams ?? 0)
  const chainOpConfig = json.chain_op_config
  const forkTimes = readForkTimes(json)
  const fjordAtGenesis = isForkActive({ forkTimes }, 'fjord', genesis.l2_time)
  return {
    genesis: {
      l1: { hash: genesis.l1.hash, number: genesis.l1.number },
      l2: { hash: genesis.l2.hash, number: genesis.l2.number },
      l2Time: genesis.l2_time,
      systemConfig: {
        batcherAddress: system.batcherAddr,
        overhead: system.overhead,
        scalar: system.scalar,
        gasLimit: system.gasLimit,
        eip1559Denominator: Number(eip1559Params >> 32n),
        eip1559Elasticity: Number(eip1559Params & 0xffff_ffffn),
        operatorFeeScalar: Number((operatorFeeParams >> 64n) & 0xffff_ffffn),
        operatorFeeConstant: BigInt.asUintN(64, operatorFeeParams),
        minBaseFee: system.minBaseFee ?? 0n,
        daFootprintGasScalar: system.daFootprintGasScalar ?? 0,
      },
    },
    blockTime: json.block_time,
    // Never read from Fjord on, and such chains may leave it out.
    maxSequencerDrift: json.max_sequencer_drift || (fjordAtGenesis ? 1800n : 0n),
    seqWindowSize: json.seq_window_size,
    channelTimeout: json.channel_timeout,
    l1ChainId: json.l1_chain_id,
    l2ChainId: json.l2_chain_id,
    forkTimes,
    pectraBlobScheduleTime: json.pectra_blob_schedule_time ?? undefined,
    batchInboxAddress: json.batch_inbox_address,
    depositContractAddress: json.deposit_contract_address,
    l1SystemConfigAddress: json.l1_system_config_address,
    protocolVersionsAddress: json.protocol_versions_address ?? zeroAddress,
    chainOpConfig: chainOpConfig
      ? {
          eip1559Elasticity: chainOpConfig.eip1559Elasticity,
          eip1559Denominator: chainOpConfig.eip1559Denominator,
          eip1559DenominatorCanyon:
            chainOpConfig.eip1559DenominatorCanyon ??
            standardChainOpConfig.eip1559DenominatorCanyon,
        }
      : standardChainOpConfig,
    keepKarstUpgradeGas: json.keep_karst_upgrade_gas ?? false,
  }
}

/**
 * Files that kona has written leave Regolith out, which every public chain has had from genesis on, as op-node's
 * registry says too.
 */
function readForkTimes(json: RollupJson): ForkTimes {
  const times = scheduledForks.flatMap((fork) => {
    const time = json[`${fork}_time`]
    return typeof time === 'bigint' ? [[fork, time] as const] : []
  })
  const isRegolithImplied = times.some(([fork]) => fork === 'canyon')
  return { ...(isRegolithImplied && { regolith: 0n }), ...Object.fromEntries(times) }
}

/** Numbers one behind the other, each in as many bytes as it says. */
function packed(...fields: readonly (readonly [sizeBytes: number, value: number | bigint])[]): Hex {
  const digits = fields.map(([size, value]) => value.toString(16).padStart(2 * size, '0'))
  return `0x${digits.join('')}`
}

function invalid(problems: readonly string[], cause?: unknown): ConfigError {
  return new ConfigError(
    exitCodes.configFile,
    'ROLLUP_CONFIG_INVALID',
    `rollup config: ${problems[0]}`,
    {
      cause,
      alsoWrong: problems.slice(1),
      metaMessages: ['Give the rollup.json that op-node uses, unchanged.'],
    },
  )
}
