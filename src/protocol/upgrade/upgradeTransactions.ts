import { ChainError } from '../../base/errors.ts'
import { isForkActivationBlock, type RollupConfig } from '../../chain/rollupConfig.ts'
import type { UpgradeBundle } from './upgradeBundle.ts'
import { type UpgradeFork, upgradeFacts, upgradeForks } from './upgradeFacts.ts'

/** The bundles that the node was given, by fork. */
export type UpgradeBundles = ReadonlyMap<UpgradeFork, UpgradeBundle>

/** What the forks that activate in one L2 block add to it. */
export interface BlockUpgrade {
  /** Encoded deposits, behind those of users. */
  readonly transactions: readonly Uint8Array[]
  /** On top of the configured gas limit; from Karst on upgrades bring their own gas. */
  readonly extraGas: bigint
}

/**
 * The upgrade transactions of the L2 block of that timestamp: none, but for the activation block of a fork.
 *
 * @throws {ChainError} critical `UPGRADE_BUNDLE_MISSING`: without the bundle the block cannot be made.
 */
export function upgradeOfBlock(
  config: RollupConfig,
  bundles: UpgradeBundles,
  timestamp: bigint,
): BlockUpgrade {
  const activated = upgradeForks.filter((fork) => isForkActivationBlock(config, fork, timestamp))
  const needed = activated.map((fork) => upgradeTransactions(fork, bundles))
  return {
    transactions: needed.flatMap((bundle) => bundle.transactions),
    extraGas: needed.find(({ fork }) => fork === 'karst')?.gas ?? 0n,
  }
}

/** The bundle of one fork. @throws {ChainError} critical `UPGRADE_BUNDLE_MISSING` */
export function upgradeTransactions(fork: UpgradeFork, bundles: UpgradeBundles): UpgradeBundle {
  const bundle = bundles.get(fork)
  if (bundle) return bundle
  const { hash, origin } = upgradeFacts[fork]
  throw new ChainError(
    'critical',
    'UPGRADE_BUNDLE_MISSING',
    `this block activates ${fork}, but there is no bundle of its upgrade transactions, hash ${hash}`,
    {
      context: { fork, hash },
      metaMessages: [
        `Put ${fork}_nut_bundle.json into a directory and name that with --upgrade-bundles.`,
        origin,
      ],
    },
  )
}
