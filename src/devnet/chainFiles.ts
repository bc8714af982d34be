import { writeFile } from 'node:fs/promises'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Address } from '../base/hex.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { parseRollupConfig, rollupConfigToJson } from '../chain/rollupConfigJson.ts'
import { genesisBlockOf } from '../execution/chain/genesis.ts'
import type { DevnetAccounts } from './accounts.ts'
import { chainParameters } from './genesis/chainParameters.ts'
import type { ContractArtifacts } from './genesis/contractArtifacts.ts'
import { planL1Deployment } from './genesis/l1Deployment.ts'
import { createL2Alloc } from './genesis/l2Alloc.ts'
import { createL2Genesis } from './genesis/l2Genesis.ts'
import { createRollupConfig } from './genesis/rollupConfig.ts'
import type { DevnetL1 } from './l1/l1.ts'
import type { DevnetOptions, L1Contracts } from './options.ts'
import { readSavedFile, type SavedDevnet, type StateDir } from './stateDir.ts'

/** What a rollup is defined by, wherever its blocks are. */
export interface DevnetChain {
  readonly contracts: L1Contracts
  readonly rollupConfig: RollupConfig
  /** JSON as op-geth reads it. */
  readonly genesis: unknown
  /** Timestamp of the L2 genesis block, seconds. */
  readonly genesisTime: number
}

/** Deploys a new rollup on L1, and writes `genesis.json` and `rollup.json`. */
export async function createChain(
  options: DevnetOptions,
  genesisTime: number,
  accounts: DevnetAccounts,
  deps: {
    readonly l1: DevnetL1
    readonly stateDir: StateDir
    readonly artifacts: ContractArtifacts
  },
): Promise<DevnetChain> {
  const { l1, stateDir, artifacts } = deps
  const { users, roles } = accounts
  const timestamp = BigInt(genesisTime)
  const plan = planL1Deployment(options, timestamp, accounts, artifacts)
  const { contracts } = plan

  const roleAddresses = Object.values(roles).map(({ address }) => address)
  const guests = options.fund.map((address) => address.toLowerCase() as Address)
  await l1.fund([...roleAddresses, ...guests], chainParameters.accountBalance)
  // viem's actions on withdrawals ask through it.
  await l1.install(artifacts.preinstalls['MultiCall3']!)
  const l1Block = await l1.deploy(plan, roles.deployer.signer, genesisTime)

  const addresses = users.map(({ address }) => address)
  const alloc = createL2Alloc(
    options,
    contracts,
    addresses[0]!,
    [...addresses, ...guests],
    artifacts,
  )
  const genesis = createL2Genesis(options, timestamp, alloc)
  const l2Block = genesisBlockOf(genesis)
  const rollupConfig = createRollupConfig(
    options,
    { l1: l1Block, l2: { hash: l2Block.hash, number: 0n }, l2Time: timestamp },
    contracts,
    accounts,
  )
  await writeFile(stateDir.genesisPath, JSON.stringify(genesis))
  await writeFile(
    stateDir.rollupConfigPath,
    `${JSON.stringify(rollupConfigToJson(rollupConfig), null, 2)}\n`,
  )
  // Also after a crash the folder must hold the L1 that its rollup begins with.
  await l1.save()
  await stateDir.save({ contracts, genesisTime })
  return { contracts, rollupConfig, genesis, genesisTime }
}

/**
 * Reads the rollup that the folder holds.
 *
 * @throws {ConfigError} `STATE_DIR_DAMAGED` when a file cannot be read, or L1 does not know the rollup.
 */
export async function resumeChain(
  saved: SavedDevnet,
  deps: { readonly l1: DevnetL1; readonly stateDir: StateDir },
): Promise<DevnetChain> {
  const { rollupConfigPath, genesisPath } = deps.stateDir
  const rollupConfig = await readSavedFile(rollupConfigPath, parseRollupConfig)
  const genesis = await readSavedFile<unknown>(genesisPath, JSON.parse)
  const { hash } = rollupConfig.genesis.l1
  if ((await deps.l1.request('eth_getBlockByHash', [hash, false])) === null) {
    throw new ConfigError(
      exitCodes.configFile,
      'STATE_DIR_DAMAGED',
      `the saved L1 does not have the block ${hash} that the rollup begins with: it was not saved when it ended`,
      { metaMessages: ['Remove the state folder to begin a new chain.'] },
    )
  }
  return { contracts: saved.contracts, rollupConfig, genesis, genesisTime: saved.genesisTime }
}
