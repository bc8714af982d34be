import { type Address, type Hash, type Hex, zeroAddress } from '../../base/hex.ts'
import { scheduledForks } from '../forks.ts'
import type { RollupConfig } from '../rollupConfig.ts'

/** Chains that share an L1 and a fork schedule. */
export interface SuperchainFacts {
  /** `mainnet`, `sepolia`. */
  readonly name: string
  readonly l1ChainId: number
  /** What chains inherit that have joined. */
  readonly forks: ForkFacts
  readonly chains: readonly RegistryEntry[]
}

/** A chain, with its facts or with the reason why takt cannot follow it. */
export type RegistryEntry = ChainFacts | RefusedChain

/** What a chain is called. */
export interface ChainName {
  /** Unique in its superchain: `op`. */
  readonly key: string
  /** As its people write it: `OP Mainnet`. */
  readonly name: string
  readonly chainId: number
}

/**
 * - `alt-da`: its batches are not on Ethereum.
 * - `own-forks`: it has left the Superchain and follows rules of its own.
 */
export type Refusal = 'alt-da' | 'own-forks'

/** A chain that takt cannot follow. */
export interface RefusedChain extends ChainName {
  readonly refusal: Refusal
}

/**
 * L2 timestamps, seconds; of the Pectra blob schedule the L1 timestamp. Lagoon stands for all that is newer than the
 * newest fork of this version.
 */
export type ForkFacts = Readonly<Partial<Record<(typeof forkNames)[number], number>>>
const forkNames = [...scheduledForks, 'pectraBlobSchedule', 'lagoon'] as const

/** What tells one chain from another; what is left out is as most chains have it. */
export interface ChainFacts extends ChainName {
  /** From this timestamp on it takes the forks of its superchain. Without it, it takes none. */
  readonly superchainTime?: number
  /** Forks that are not inherited; stronger than those that are. */
  readonly forks?: ForkFacts
  readonly keepKarstUpgradeGas?: boolean
  readonly l1: { readonly number: number; readonly hash: Hash }
  /** Number 0 where it is not given. */
  readonly l2: { readonly number?: number; readonly hash: Hash }
  /** Timestamp of the L2 genesis block. */
  readonly l2Time: number
  readonly batcher: Address
  /** Without leading zeros, like `scalar`. */
  readonly overhead: Hex
  readonly scalar: Hex
  /** 30,000,000 */
  readonly gasLimit?: number
  readonly batchInbox: Address
  readonly portal: Address
  readonly systemConfig: Address
  /** 2 s */
  readonly blockTime?: number
  /** 3,600 L1 blocks */
  readonly seqWindowSize?: number
  /** 600 s */
  readonly maxSequencerDrift?: number
  /** Elasticity, denominator, and denominator from Canyon: 6, 50, 250 */
  readonly eip1559?: readonly [number, number, number]
}

/** What is left out of {@link ChainFacts}. */
export const usualFacts = {
  gasLimit: 30_000_000,
  blockTime: 2,
  seqWindowSize: 3600,
  maxSequencerDrift: 600,
  eip1559: [6, 50, 250],
} as const satisfies Partial<ChainFacts>

/** The forks of a chain, inherited ones among them. */
export function chainForks(superchain: SuperchainFacts, chain: ChainFacts): ForkFacts {
  return { ...inheritedForks(superchain, chain), ...chain.forks }
}

/** The rollup config that the facts of a chain and its superchain make. Lagoon is not part of it. */
export function chainRollupConfig(superchain: SuperchainFacts, chain: ChainFacts): RollupConfig {
  const { pectraBlobSchedule, lagoon: _, ...forks } = chainForks(superchain, chain)
  const facts = { ...usualFacts, ...chain }
  const [elasticity, denominator, denominatorCanyon] = facts.eip1559
  return {
    genesis: {
      l1: { hash: facts.l1.hash, number: BigInt(facts.l1.number) },
      l2: { hash: facts.l2.hash, number: BigInt(facts.l2.number ?? 0) },
      l2Time: BigInt(facts.l2Time),
      systemConfig: {
        batcherAddress: facts.batcher,
        overhead: word(facts.overhead),
        scalar: word(facts.scalar),
        gasLimit: BigInt(facts.gasLimit),
        // The registry says nothing of what later forks have added; until L1 does, all of it is 0.
        eip1559Denominator: 0,
        eip1559Elasticity: 0,
        operatorFeeScalar: 0,
        operatorFeeConstant: 0n,
        minBaseFee: 0n,
        daFootprintGasScalar: 0,
      },
    },
    blockTime: BigInt(facts.blockTime),
    maxSequencerDrift: BigInt(facts.maxSequencerDrift),
    seqWindowSize: BigInt(facts.seqWindowSize),
    // The same on every chain of the registry, which therefore does not name it.
    channelTimeout: 300n,
    l1ChainId: BigInt(superchain.l1ChainId),
    l2ChainId: BigInt(facts.chainId),
    forkTimes: {
      regolith: 0n,
      ...Object.fromEntries(Object.entries(forks).map(([fork, time]) => [fork, BigInt(time)])),
    },
    pectraBlobScheduleTime:
      pectraBlobSchedule === undefined ? undefined : BigInt(pectraBlobSchedule),
    batchInboxAddress: facts.batchInbox,
    depositContractAddress: facts.portal,
    l1SystemConfigAddress: facts.systemConfig,
    protocolVersionsAddress: zeroAddress,
    chainOpConfig: {
      eip1559Elasticity: BigInt(elasticity),
      eip1559Denominator: BigInt(denominator),
      eip1559DenominatorCanyon: BigInt(denominatorCanyon),
    },
    keepKarstUpgradeGas: facts.keepKarstUpgradeGas ?? false,
  }
}

/**
 * The forks that a chain has from its superchain: all that come once it has joined. Those that were there before its
 * genesis it has from genesis on.
 *
 * @see https://github.com/ethereum-optimism/superchain-registry/blob/main/docs/hardfork-activation-inheritance.md
 */
export function inheritedForks(superchain: SuperchainFacts, chain: ChainFacts): ForkFacts {
  const { superchainTime, l2Time } = chain
  if (superchainTime === undefined) return {}
  const times = forkNames.flatMap((fork) => {
    const time = superchain.forks[fork]
    if (time === undefined || time < superchainTime) return []
    return [[fork, time > l2Time ? time : 0]]
  })
  return Object.fromEntries(times)
}

function word(hex: Hex): Hash {
  return `0x${hex.slice(2).padStart(64, '0')}`
}
