import { z } from 'zod'
import { bigIntToBytes, bigIntToMinimalBytes } from '../base/bytes.ts'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '../base/hex.ts'
import { type ForkTimes, type ScheduledFork, scheduledForks } from '../chain/forks.ts'
import { defaultGenesisHeader, type Genesis, type GenesisAccount } from './genesis.ts'

/**
 * Parses the text of a `genesis.json` as op-geth and op-reth take it.
 *
 * @throws {ConfigError} `GENESIS_INVALID` naming every field that is wrong.
 */
export function parseGenesis(text: string): Genesis {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid([`is not JSON: ${(cause as Error).message}`], cause)
  }
  return genesisFromJson(json)
}

/** {@link parseGenesis} for JSON that is parsed already. */
export function genesisFromJson(json: unknown): Genesis {
  const result = genesisJson.safeParse(json)
  if (!result.success) {
    throw invalid(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const { config, alloc } = result.data
  const problems = unknownForks(config)
  if (problems.length > 0) throw invalid(problems)
  return {
    chain: {
      chainId: config.chainId,
      forkTimes: readForkTimes(config),
      chainOpConfig: {
        eip1559Elasticity: config.optimism.eip1559Elasticity,
        eip1559Denominator: config.optimism.eip1559Denominator,
        eip1559DenominatorCanyon:
          config.optimism.eip1559DenominatorCanyon ?? config.optimism.eip1559Denominator,
      },
    },
    accounts: new Map(Object.entries(alloc).map(readAccount)),
    header: readHeader(result.data),
    stateRoot: result.data.stateHash ?? undefined,
  }
}

const quantity = z
  .union([z.int().nonnegative(), z.string().regex(/^(0x[0-9a-fA-F]+|[0-9]+)$/)], {
    error: 'expected a number, in decimal or as hex with 0x prefix',
  })
  .transform(BigInt)
const bytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, 'expected bytes as hex with 0x prefix')
  .transform(hexToBytes)
const fixedHex = (size: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`), `expected ${size} bytes of hex`)
    .transform((text) => text.toLowerCase() as Hex)
/** A storage key or value; leading zeros may be left out. */
const word = z
  .string()
  .regex(/^(0x)?[0-9a-fA-F]{1,64}$/, 'expected up to 32 bytes of hex')
  .transform((text) => BigInt(text.startsWith('0x') ? text : `0x${text}`))

const accountJson = z.looseObject({
  balance: quantity.nullish(),
  nonce: quantity.nullish(),
  code: bytes.nullish(),
  storage: z.record(word.transform(slotOf), word).nullish(),
})

const configJson = z.looseObject({
  chainId: quantity,
  ...(Object.fromEntries(
    scheduledForks.map((fork) => [`${fork}Time`, quantity.nullish()]),
  ) as Record<`${ScheduledFork}Time`, z.ZodOptional<z.ZodNullable<typeof quantity>>>),
  optimism: z.looseObject(
    {
      eip1559Elasticity: quantity,
      eip1559Denominator: quantity,
      eip1559DenominatorCanyon: quantity.nullish(),
    },
    { error: 'expected the EIP-1559 constants of an OP Stack chain' },
  ),
})

const genesisJson = z.looseObject({
  config: configJson,
  alloc: z.record(
    z.string().regex(/^(0x)?[0-9a-fA-F]{40}$/, 'expected 20 bytes of hex'),
    accountJson,
  ),
  number: quantity.nullish(),
  timestamp: quantity.nullish(),
  gasLimit: quantity.nullish(),
  gasUsed: quantity.nullish(),
  extraData: bytes.nullish(),
  difficulty: quantity.nullish(),
  mixHash: fixedHex(32).nullish(),
  nonce: quantity.nullish(),
  coinbase: fixedHex(20).nullish(),
  parentHash: fixedHex(32).nullish(),
  baseFeePerGas: quantity.nullish(),
  blobGasUsed: quantity.nullish(),
  excessBlobGas: quantity.nullish(),
  stateHash: fixedHex(32).nullish(),
})

type GenesisJson = z.output<typeof genesisJson>

/** Forks of Ethereum, whose times follow from those of the OP Stack; and what is not a fork. */
const otherTimes = new Set(['shanghaiTime', 'cancunTime', 'pragueTime', 'osakaTime'])

function unknownForks(config: GenesisJson['config']): string[] {
  const known = new Set([...otherTimes, ...scheduledForks.map((fork) => `${fork}Time`)])
  return Object.keys(config)
    .filter((key) => key.endsWith('Time') && !known.has(key))
    .filter((key) => config[key] !== undefined && config[key] !== null)
    .map((key) => `config.${key}: this version of takt does not know that fork`)
}

function readForkTimes(config: GenesisJson['config']): ForkTimes {
  const times = scheduledForks.flatMap((fork) => {
    const time = config[`${fork}Time`]
    return typeof time === 'bigint' ? [[fork, time] as const] : []
  })
  return Object.fromEntries(times)
}

function readHeader(json: GenesisJson): Genesis['header'] {
  const fallback = defaultGenesisHeader
  return {
    number: json.number ?? fallback.number,
    timestamp: json.timestamp ?? fallback.timestamp,
    gasLimit: json.gasLimit ?? fallback.gasLimit,
    gasUsed: json.gasUsed ?? fallback.gasUsed,
    extraData: json.extraData ?? fallback.extraData,
    difficulty: json.difficulty ?? fallback.difficulty,
    mixHash: json.mixHash ?? fallback.mixHash,
    nonce: bigIntToBytes(json.nonce ?? 0n, 8),
    beneficiary: json.coinbase ?? fallback.beneficiary,
    parentHash: json.parentHash ?? fallback.parentHash,
    baseFeePerGas: json.baseFeePerGas ?? fallback.baseFeePerGas,
    blobGasUsed: json.blobGasUsed ?? undefined,
    excessBlobGas: json.excessBlobGas ?? undefined,
  }
}

function readAccount([key, json]: [string, z.output<typeof accountJson>]): [
  Address,
  GenesisAccount,
] {
  const address = (key.startsWith('0x') ? key : `0x${key}`).toLowerCase() as Address
  const storage = new Map(
    Object.entries(json.storage ?? {}).map(
      ([slot, value]) => [slot as Hash, bigIntToMinimalBytes(value)] as const,
    ),
  )
  const account = {
    nonce: json.nonce ?? 0n,
    balance: json.balance ?? 0n,
    code: json.code ?? new Uint8Array(0),
    storage,
  }
  return [address, account]
}

function slotOf(value: bigint): Hash {
  return bytesToHex(bigIntToBytes(value, 32))
}

function invalid(problems: readonly string[], cause?: unknown): ConfigError {
  return new ConfigError(exitCodes.configFile, 'GENESIS_INVALID', `genesis: ${problems[0]}`, {
    cause,
    alsoWrong: problems.slice(1),
    metaMessages: ['Give the genesis.json that op-geth or op-reth uses, unchanged.'],
  })
}
