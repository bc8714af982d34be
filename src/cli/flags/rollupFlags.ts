import type { Command } from 'commander'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { type OverridableFork, overridableForks, overrideForks } from '../../chain/forkOverrides.ts'
import { findRollupConfig, superchainRegistry } from '../../chain/registry/registry.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { readConfigFile } from '../configFile.ts'
import { type Environment, type Flag, type FlagTable, readFlags } from './flag.ts'
import { parseInteger, parseText } from './parsers.ts'

/** Which chain it is. */
export const rollupFlags = {
  chain: {
    names: ['chain', 'network', 'l2-chain-id'],
    env: ['TAKT_NODE_CHAIN', 'KONA_NODE_L2_CHAIN_ID', 'KONA_L2_CHAIN_ID', 'OP_NODE_NETWORK'],
    value: 'chain',
    parse: parseText,
    help: 'a chain of the Superchain by id or name, such as 10, op-mainnet, unichain-sepolia',
  },
  rollupConfigPath: {
    names: ['rollup.config', 'rollup-config', 'l2-config-file', 'rollup-cfg'],
    env: ['TAKT_NODE_ROLLUP_CONFIG', 'KONA_NODE_ROLLUP_CONFIG', 'OP_NODE_ROLLUP_CONFIG'],
    value: 'file',
    parse: parseText,
    help: "the chain's rollup.json, as op-node takes it; for chains that --chain does not know",
  },
  registryPath: {
    names: ['registry'],
    env: ['TAKT_NODE_REGISTRY'],
    value: 'file',
    parse: parseText,
    help: 'JSON file in which --chain looks, instead of among the chains that takt knows',
  },
} as const satisfies FlagTable<{ chain: string; rollupConfigPath: string; registryPath: string }>

/** A flag for each fork that can be moved. */
export const overrideFlags = Object.fromEntries(
  overridableForks.map((fork) => [fork, overrideFlag(fork)]),
) as Readonly<Record<OverridableFork, Flag<bigint>>>

/**
 * The chain that flags and environment name, with its forks where they say.
 *
 * @throws {ConfigError} `FLAG_MISSING` when they name none, and what {@link givenRollupConfig} and
 *   {@link overrideForks} throw.
 */
export async function readRollupConfig(command: Command, env: Environment): Promise<RollupConfig> {
  const config = await givenRollupConfig(command, env)
  if (config === undefined) throw chainMissing()
  return overrideForks(config, readFlags(command, overrideFlags, env))
}

/**
 * The chain that flags and environment name, if they do.
 *
 * @throws {ConfigError} `CHAIN_CONFLICT` when they name two, and what {@link findRollupConfig}, `parseRegistry` and
 *   `parseRollupConfig` throw.
 */
export async function givenRollupConfig(
  command: Command,
  env: Environment,
): Promise<RollupConfig | undefined> {
  const { chain, rollupConfigPath, registryPath } = readFlags(command, rollupFlags, env)
  // Parsers are loaded when wanted: help does not wait for them.
  if (rollupConfigPath !== undefined) {
    const { parseRollupConfig } = await import('../../chain/rollupConfigJson.ts')
    const config = await readConfigFile(rollupConfigPath, 'rollup config', parseRollupConfig)
    if (chain !== undefined) assertSameChain(chain, config, rollupConfigPath)
    return config
  }
  if (chain === undefined) return undefined
  if (registryPath === undefined) return findRollupConfig(chain, superchainRegistry)
  const { parseRegistry } = await import('../../chain/registry/registryJson.ts')
  return findRollupConfig(chain, await readConfigFile(registryPath, 'registry', parseRegistry))
}

/** kona-node is given both: the file counts, and the id must be that of the file. */
function assertSameChain(chain: string, config: RollupConfig, path: string): void {
  const id = /^\d+$/.test(chain)
    ? BigInt(chain)
    : findRollupConfig(chain, superchainRegistry).l2ChainId
  if (id === config.l2ChainId) return
  throw new ConfigError(
    exitCodes.usage,
    'CHAIN_CONFLICT',
    `--chain ${chain} is chain ${id}, but ${path} is the config of chain ${config.l2ChainId}`,
    { metaMessages: ['give one of --chain and --rollup.config'] },
  )
}

function chainMissing(): ConfigError {
  return new ConfigError(exitCodes.usage, 'FLAG_MISSING', 'no chain is given', {
    metaMessages: [
      '--chain, for a chain of the Superchain: --chain op-mainnet',
      '--rollup.config with the rollup.json of any other chain',
    ],
  })
}

function overrideFlag(fork: OverridableFork): Flag<bigint> {
  const words = fork.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ')
  const [joined, dashed, variable] = ['', '-', '_'].map((glue) => words.join(glue))
  const seconds = parseInteger(0)
  return {
    names: [`override.${joined}`, `${dashed}-override`],
    env: [
      `TAKT_NODE_OVERRIDE_${variable!.toUpperCase()}`,
      `KONA_NODE_OVERRIDE_${variable!.toUpperCase()}`,
      `OP_NODE_OVERRIDE_${joined!.toUpperCase()}`,
    ],
    value: 'timestamp',
    parse: (text, source) => BigInt(seconds(text, source)),
    help: `time of the ${words.join(' ')}${words.length === 1 ? ' fork' : ''}, instead of the chain's`,
  }
}
