import { bigIntToBytes } from '../../base/bytes.ts'
import { type Address, bytesToHex, type Hash, zeroHash } from '../../base/hex.ts'
import { type Fork, type ForkTimes, forkTimesUpTo } from '../../chain/forks.ts'
import type { SystemConfig } from '../../chain/systemConfig.ts'
import { rulesOf } from '../../execution/chainConfig.ts'
import { encodeFeeScalars } from '../../protocol/feeScalars.ts'
import type { DevnetOptions } from '../options.ts'

/** What makes the devnet's chain the chain it is, beside what users choose. OP Mainnet's values where it has them. */
export const chainParameters = {
  l1GasLimit: 60_000_000,
  /** Wei. */
  l2InitialBaseFee: 1_000_000_000n,
  /** Wei that every user has on L1 and on L2. */
  accountBalance: 10_000n * 10n ** 18n,
  eip1559Elasticity: 6n,
  eip1559Denominator: 50n,
  eip1559DenominatorCanyon: 250n,
  baseFeeScalar: 1_368,
  blobBaseFeeScalar: 810_949,
  /** The L1 fee before Ecotone. */
  bedrockOverhead: 188n,
  bedrockScalar: 684_000n,
  /** L2 blocks between two output roots. */
  outputInterval: 6n,
  /** Seconds after its output until a withdrawal may be finalized; goes for the output oracle. */
  finalizationPeriod: 4n,
  /** The type of dispute game that withdrawals go by; the one that op-proposer makes when told nothing. */
  gameType: 0,
  /** Seconds in which a proposed output can be objected to. */
  gameDuration: 2n,
  /** Seconds from the proof of a withdrawal until it may be finalized; goes for dispute games. */
  proofMaturityDelay: 4n,
  /** Seconds from the end of its game until a withdrawal may be finalized. */
  gameFinalityDelay: 2n,
} as const

/** True from Ecotone on, when the fee scalar is a packed value. */
export function hasEcotoneFees(fork: Fork): boolean {
  return rulesOf(fork).isActive('ecotone')
}

/** The system config at genesis: what the SystemConfig contract is deployed with. */
export function genesisSystemConfig(
  { fork, gasLimit }: Pick<DevnetOptions, 'fork' | 'gasLimit'>,
  batcherAddress: Address,
): SystemConfig {
  const { bedrockOverhead, bedrockScalar } = chainParameters
  return {
    batcherAddress,
    overhead: hasEcotoneFees(fork) ? zeroHash : word(bedrockOverhead),
    scalar: hasEcotoneFees(fork) ? encodeFeeScalars(chainParameters) : word(bedrockScalar),
    gasLimit: BigInt(gasLimit),
    eip1559Denominator: 0,
    eip1559Elasticity: 0,
    operatorFeeScalar: 0,
    operatorFeeConstant: 0n,
    minBaseFee: 0n,
    daFootprintGasScalar: 0,
  }
}

/** When the forks of a chain activate, in seconds since 1970; 0 for those that it begins with. */
export function devnetForkTimes(
  { fork, upgrades }: Pick<DevnetOptions, 'fork' | 'upgrades'>,
  genesisTime: bigint,
): ForkTimes {
  const later = Object.entries(upgrades).map(([name, seconds]) => [
    name,
    genesisTime + BigInt(seconds),
  ])
  return { ...forkTimesUpTo(fork), ...Object.fromEntries(later) }
}

/** Where batches are posted: a plain address that names the L2 chain in decimal digits. */
export function batchInboxAddress(l2ChainId: number): Address {
  return `0xff${String(l2ChainId).padStart(38, '0')}`
}

function word(value: bigint): Hash {
  return bytesToHex(bigIntToBytes(value, 32))
}
