import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { parseUpgradeBundle, type UpgradeBundle } from '../protocol/upgrade/upgradeBundle.ts'
import { type UpgradeFork, upgradeForks } from '../protocol/upgrade/upgradeFacts.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'

/**
 * Reads the upgrade bundles of a folder, `<fork>_nut_bundle.json`. A fork without a file has none; whether one is
 * needed shows at its activation block.
 *
 * @throws {ConfigError} `UPGRADE_BUNDLES_DIR` when the folder or a file cannot be read; those of
 * {@link parseUpgradeBundle}.
 */
export async function readUpgradeBundles(dir: string | undefined): Promise<UpgradeBundles> {
  if (dir === undefined) return new Map()
  const bundles = new Map<UpgradeFork, UpgradeBundle>()
  for (const fork of upgradeForks) {
    const text = await readIfThere(join(dir, `${fork}_nut_bundle.json`))
    if (text !== undefined) bundles.set(fork, parseUpgradeBundle(fork, text))
  }
  if (bundles.size === 0) {
    throw unreadable(`${dir} holds no upgrade bundle`, undefined)
  }
  return bundles
}

/** The forks that are still to activate, and whose first block cannot be made without a bundle that is not there. */
export function missingUpgradeBundles(
  { forkTimes }: Pick<RollupConfig, 'forkTimes'>,
  bundles: UpgradeBundles,
  nowSeconds: bigint,
): UpgradeFork[] {
  return upgradeForks.filter((fork) => {
    const time = forkTimes[fork]
    return time !== undefined && time > nowSeconds && !bundles.has(fork)
  })
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(`cannot read ${path}: ${(cause as Error).message}`, cause)
  }
}

function unreadable(problem: string, cause: unknown): ConfigError {
  return new ConfigError(exitCodes.configFile, 'UPGRADE_BUNDLES_DIR', problem, {
    cause,
    metaMessages: [
      'Name a folder with files such as karst_nut_bundle.json with --upgrade-bundles, or leave the flag out.',
    ],
  })
}
