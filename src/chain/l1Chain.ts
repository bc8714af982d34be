import { z } from 'zod'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/** What the rollup must know of its L1 beyond the rollup config: how it takes blobs and prices them. */
export interface L1ChainConfig {
  readonly chainId: bigint
  /** From this timestamp on, seconds, blobs travel with proofs for their cells (EIP-7594). `undefined`: not planned. */
  readonly osakaTime: bigint | undefined
  /** Oldest first. */
  readonly blobSchedule: readonly BlobPeriod[]
}

/** From `since` on, the blob base fee follows `updateFraction`. */
export interface BlobPeriod {
  /** L1 timestamp, seconds. */
  readonly since: bigint
  readonly updateFraction: bigint
}

/**
 * How slowly blobs become dearer, per fork of L1.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4844
 * @see https://eips.ethereum.org/EIPS/eip-7691 for Prague
 * @see https://eips.ethereum.org/EIPS/eip-7892 for blob-parameter-only forks
 */
export const blobUpdateFractions = {
  cancun: 3_338_477n,
  prague: 5_007_716n,
  osaka: 5_007_716n,
  bpo1: 8_346_193n,
  bpo2: 11_684_671n,
} as const

type BlobFork = keyof typeof blobUpdateFractions

/** Public L1 chains, by chain id. */
const knownChains: readonly L1ChainConfig[] = [
  chain(1n, {
    cancun: 1710338135n,
    prague: 1746612311n,
    osaka: 1764798551n,
    bpo1: 1765290071n,
    bpo2: 1767747671n,
  }),
  chain(11155111n, {
    cancun: 1706655072n,
    prague: 1741159776n,
    osaka: 1760427360n,
    bpo1: 1761017184n,
    bpo2: 1761607008n,
  }),
  chain(17000n, {
    cancun: 1707305664n,
    prague: 1740434112n,
    osaka: 1759308480n,
    bpo1: 1759800000n,
    bpo2: 1760389824n,
  }),
  chain(560048n, {
    cancun: 0n,
    prague: 1742999832n,
    osaka: 1761677592n,
    bpo1: 1762365720n,
    bpo2: 1762955544n,
  }),
]

/** Mainnet, Sepolia, Holesky or Hoodi; `undefined` for any other chain id. */
export function knownL1Chain(chainId: bigint): L1ChainConfig | undefined {
  return knownChains.find((known) => known.chainId === chainId)
}

/** A chain of one's own that has had Osaka's rules from genesis, without blob-parameter-only forks. */
export function devnetL1Chain(chainId: bigint): L1ChainConfig {
  return chain(chainId, { osaka: 0n })
}

/**
 * Parses the chain config of an L1 client: geth's `genesis.json`, or its `config` object alone.
 *
 * Forks are read from `<name>Time`, their blob parameters from `blobSchedule`; Cancun, Prague, Osaka and the public
 * BPO forks need no entry there.
 *
 * @throws {ConfigError} `L1_CHAIN_CONFIG_INVALID`
 */
export function parseL1ChainConfig(text: string): L1ChainConfig {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid(`is not JSON: ${(cause as Error).message}`, cause)
  }
  const inner = z.object({ config: z.unknown() }).safeParse(json)
  const result = chainJson.safeParse(inner.success ? inner.data.config : json)
  if (!result.success) {
    const issue = result.error.issues[0]!
    throw invalid(`${issue.path.join('.')}: ${issue.message}`)
  }
  const { data } = result
  return {
    chainId: data.chainId,
    osakaTime: forkTime(data, 'osaka'),
    blobSchedule: blobSchedule(data),
  }
}

const count = z.int('expected a whole number').nonnegative('must not be negative').transform(BigInt)

const chainJson = z.looseObject({
  chainId: count,
  blobSchedule: z.record(z.string(), z.looseObject({ baseFeeUpdateFraction: count })).nullish(),
})

function blobSchedule(json: z.output<typeof chainJson>): BlobPeriod[] {
  const fractions: Record<string, bigint> = { ...blobUpdateFractions }
  for (const [fork, { baseFeeUpdateFraction }] of Object.entries(json.blobSchedule ?? {})) {
    fractions[fork] = baseFeeUpdateFraction
  }
  return Object.entries(fractions)
    .flatMap(([fork, updateFraction]) => {
      const since = forkTime(json, fork)
      if (updateFraction === 0n) throw invalid(`blobSchedule.${fork}: fraction must not be 0`)
      return since === undefined ? [] : [{ since, updateFraction }]
    })
    .sort((a, b) => Number(a.since - b.since))
}

function forkTime(json: z.output<typeof chainJson>, fork: string): bigint | undefined {
  const time = count.nullish().safeParse(json[`${fork}Time`])
  if (time.success) return time.data ?? undefined
  throw invalid(`${fork}Time: ${time.error.issues[0]!.message}`)
}

function chain(chainId: bigint, times: Partial<Record<BlobFork, bigint>>): L1ChainConfig {
  const forks = Object.entries(times) as [BlobFork, bigint][]
  return {
    chainId,
    osakaTime: times.osaka,
    blobSchedule: forks.map(([fork, since]) => ({
      since,
      updateFraction: blobUpdateFractions[fork],
    })),
  }
}

function invalid(problem: string, cause?: unknown): ConfigError {
  return new ConfigError(
    exitCodes.configFile,
    'L1_CHAIN_CONFIG_INVALID',
    `L1 chain config: ${problem}`,
    { cause, metaMessages: ["Give the L1's genesis.json, or the config object in it."] },
  )
}
