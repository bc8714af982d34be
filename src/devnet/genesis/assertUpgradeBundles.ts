import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { missingUpgradeBundles, readUpgradeBundles } from '../../node/upgradeBundles.ts'
import { type DevnetOptions, fieldName, type OptionName } from '../options.ts'
import { devnetForkTimes } from './chainParameters.ts'

/**
 * Checks that the forks ahead of a devnet have the transactions that their first block is made of.
 *
 * @throws {ConfigError} `UPGRADE_BUNDLE_MISSING`; those of {@link readUpgradeBundles}.
 */
export async function assertUpgradeBundles(
  options: DevnetOptions,
  nameOf: OptionName = fieldName,
): Promise<void> {
  const bundles = await readUpgradeBundles(options.upgradeBundlesDir)
  const forkTimes = devnetForkTimes(options, 0n)
  const missing = missingUpgradeBundles({ forkTimes }, bundles, 0n)
  if (missing.length === 0) return
  const files = missing.map((fork) => `${fork}_nut_bundle.json`).join(', ')
  throw new ConfigError(
    exitCodes.usage,
    'UPGRADE_BUNDLE_MISSING',
    `${nameOf('upgrades')}: ${missing.join(', ')} cannot activate without upgrade transactions`,
    {
      context: { forks: missing },
      metaMessages: [`Put ${files} into a folder and name it with ${nameOf('upgradeBundlesDir')}.`],
    },
  )
}
