import { join } from 'node:path'
import { devnetL1Chain } from '../../chain/l1Chain.ts'
import type { EngineThreadOptions } from '../../execution/worker/messages.ts'
import { nodeOptions } from '../../node/options.ts'
import type { DevnetChain } from '../chainFiles.ts'
import type { DevnetL1Links } from '../l1/l1Links.ts'
import type { DevnetOptions } from '../options.ts'
import type { StateDir } from '../stateDir.ts'
import type { RollupNodeOptions } from './rollupNode.ts'

interface NodeParts {
  readonly chain: DevnetChain
  readonly stateDir: StateDir
  readonly links: DevnetL1Links
}

/** The node that makes the chain. */
export function sequencerOptions(options: DevnetOptions, parts: NodeParts): RollupNodeOptions {
  const { host, nodePort, l2Port, enginePort } = options
  const dataDir = parts.stateDir.l2DataDir
  return {
    engine: engineOptions(dataDir, { host, l2Port, enginePort }, parts),
    node: nodeOptions({
      ...commonOptions(options, dataDir, parts),
      mode: 'sequencer',
      rpc: { host, port: nodePort, enableAdmin: true },
      sequencer: { l1Confs: 0 },
    }),
  }
}

/** The second node, which knows the chain from L1 alone. */
export function verifierOptions(options: DevnetOptions, parts: NodeParts): RollupNodeOptions {
  const { host, verifierNodePort, verifierL2Port, verifierEnginePort } = options
  const dataDir = parts.stateDir.verifierDataDir
  const ports = { host, l2Port: verifierL2Port, enginePort: verifierEnginePort }
  return {
    engine: engineOptions(dataDir, ports, parts),
    node: nodeOptions({
      ...commonOptions(options, dataDir, parts),
      mode: 'validator',
      rpc: { host, port: verifierNodePort, enableAdmin: true },
    }),
  }
}

// Time may stand still while somebody waits for a block to take in a transaction.
const deadlineMs = 3_600_000

function engineOptions(
  dataDir: string,
  listen: { readonly host: string; readonly l2Port: number; readonly enginePort: number },
  { chain, stateDir }: NodeParts,
): EngineThreadOptions {
  const { host, l2Port, enginePort } = listen
  return {
    genesis: chain.genesis,
    rollup: chain.rollupConfig,
    dataDir,
    jwtSecret: stateDir.jwtSecret,
    engineApi: { host, port: enginePort },
    rpc: { host, port: l2Port },
    publicMinerApi: true,
    builder: { deadlineMs },
  }
}

function commonOptions(options: DevnetOptions, dataDir: string, { chain, links }: NodeParts) {
  const { rollupConfig } = chain
  return {
    rollupConfig,
    l1: {
      rpcUrls: [links.l1.rpcUrl],
      wsUrl: links.l1.wsUrl,
      epochPollIntervalMs: options.l1BlockTime * 1000,
    },
    beacon: { urls: [links.beacon.rpcUrl] },
    sync: { safeHeadsDir: join(dataDir, 'safeheads') },
    l1ChainConfig: devnetL1Chain(rollupConfig.l1ChainId),
    upgradeBundlesDir: options.upgradeBundlesDir,
  }
}
