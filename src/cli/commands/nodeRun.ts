import type { Command } from 'commander'
import { parseL1ChainConfig } from '../../chain/l1Chain.ts'
import { parseJwtSecret, readJwtSecretFile } from '../../jsonrpc/jwtSecret.ts'
import type { MetricsOptions } from '../../metrics/options.ts'
import { createNode } from '../../node/node.ts'
import { defaultNodeOptions, type NodeOptions, nodeOptions } from '../../node/options.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { readPackageVersion } from '../../runtime/packageVersion.ts'
import { readConfigFile } from '../configFile.ts'
import { beaconFlags } from '../flags/beaconFlags.ts'
import { type Environment, readFlags, required } from '../flags/flag.ts'
import {
  chainFlags,
  jwtFlags,
  l1Flags,
  l2Flags,
  rpcFlags,
  rpcSwitchFlags,
  sequencerFlags,
  syncFlags,
} from '../flags/nodeFlags.ts'
import { readRollupConfig } from '../flags/rollupFlags.ts'
import { openNodeMetrics, readMetricsOptions } from '../openMetrics.ts'

/** All that `takt node` was told. */
export interface NodeSettings {
  readonly node: NodeOptions
  readonly metrics: MetricsOptions
}

/** Runs a node until it is told to stop, or cannot go on. @throws what it could not go on from. */
export async function runNode(
  { node: options, metrics }: NodeSettings,
  given: { readonly logger: Logger; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  await using cleanups = new Cleanups()
  const observer = await openNodeMetrics(options.rollupConfig, metrics, given, cleanups)
  await using node = createNode(options, { ...given, random: Math.random, observer })
  await node.start(signal)
  given.logger.info('Node is ready', { rpcUrl: node.rpcUrl, version: options.version })
  const stop = () => void node.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await node.ended
}

/** What flags, environment and the files that they name say. */
export async function readNodeSettings(command: Command, env: Environment): Promise<NodeSettings> {
  return {
    node: await readNodeOptions(command, env),
    metrics: readMetricsOptions(command, env, 'node'),
  }
}

async function readNodeOptions(command: Command, env: Environment): Promise<NodeOptions> {
  const chain = readFlags(command, chainFlags, env)
  const mode = chain.mode ?? (chain.sequencerEnabled ? 'sequencer' : defaultNodeOptions.mode)
  const l1 = readFlags(command, l1Flags, env)
  const l2 = readFlags(command, l2Flags, env)
  const { disabled } = readFlags(command, rpcSwitchFlags, env)
  const rpcUrls = required(l1.rpcUrls, l1Flags.rpcUrls)
  const engineUrl = required(l2.engineUrl, l2Flags.engineUrl)
  return nodeOptions({
    mode,
    rollupConfig: await readRollupConfig(command, env),
    l1: { ...l1, rpcUrls },
    beacon: readFlags(command, beaconFlags, env),
    sync: readFlags(command, syncFlags, env),
    l2: { ...l2, engineUrl, jwtSecret: await readJwtSecret(command, env) },
    rpc: { ...readFlags(command, rpcFlags, env), enabled: disabled !== true },
    sequencer: readFlags(command, sequencerFlags, env),
    upgradeBundlesDir: chain.upgradeBundlesDir,
    l1ChainConfig:
      chain.l1ConfigPath === undefined
        ? undefined
        : await readConfigFile(chain.l1ConfigPath, 'L1 chain config', parseL1ChainConfig),
    version: readPackageVersion(),
  })
}

async function readJwtSecret(command: Command, env: Environment): Promise<Uint8Array> {
  const { path, encoded } = readFlags(command, jwtFlags, env)
  if (encoded !== undefined) return parseJwtSecret(encoded, '--l2-engine-jwt-encoded')
  return await readJwtSecretFile(required(path, jwtFlags.path))
}
