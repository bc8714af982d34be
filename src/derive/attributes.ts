import { ChainError, DecodeError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import { predeploys } from '../chain/addresses.ts'
import { isForkActive } from '../chain/forks.ts'
import type { BlockId, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { decodeDepositLog, isDepositLog } from '../protocol/depositLog.ts'
import { encodeDepositTransaction } from '../protocol/depositTransaction.ts'
import { encodeEip1559Params } from '../protocol/extraData.ts'
import { l1AttributesTransaction } from '../protocol/l1AttributesTransaction.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { updateSystemConfig } from '../protocol/systemConfigUpdate.ts'
import { type UpgradeBundles, upgradeOfBlock } from '../protocol/upgrade/upgradeTransactions.ts'
import type { L1Block, L1Provider, L1Receipt } from './providers.ts'

/** What attributes are made from. */
export interface AttributesDeps {
  readonly config: RollupConfig
  readonly l1: L1Provider
  /** SystemConfig as of an L2 block. */
  readonly systemConfigByHash: (hash: Hash, signal?: AbortSignal) => Promise<SystemConfig>
  readonly upgradeBundles: UpgradeBundles
  /** Told of each SystemConfig update that was passed over because its log is malformed. */
  readonly reportDroppedUpdate: (error: DecodeError, l1Origin: BlockId) => void
}

/**
 * The attributes of the L2 block on top of `parent` with L1 origin `epoch`: everything but the transactions of users.
 *
 * They ask for a block without the transaction pool; a sequencer that may use it says so on its copy.
 *
 * @throws {ChainError} `reset` when the origin does not follow from the parent's: `ORIGIN_NOT_CHILD`,
 * `ORIGIN_CONFLICT`, `ORIGIN_AHEAD`; `temporary` when L1 does not have the block (`ORIGIN_NOT_FOUND`) or a provider
 * cannot be reached (also `SYSTEM_CONFIG_UNAVAILABLE`); `critical` when a deposit of the portal cannot be read
 * (`DEPOSIT_LOG_INVALID`), or without the bundle of an upgrade (`UPGRADE_BUNDLE_MISSING`).
 * @see https://specs.optimism.io/protocol/derivation.html#deriving-payload-attributes
 */
export async function preparePayloadAttributes(
  deps: AttributesDeps,
  parent: L2BlockRef,
  epoch: BlockId,
  signal?: AbortSignal,
): Promise<PayloadAttributes> {
  const { config } = deps
  const parentConfig = await systemConfigOf(deps, parent, signal)
  const inputs =
    parent.l1Origin.number === epoch.number
      ? await sameEpoch(deps, parent, parentConfig, epoch, signal)
      : await nextEpoch(deps, parent, parentConfig, epoch, signal)
  const { origin, systemConfig, sequenceNumber, deposits } = inputs
  const timestamp = parent.timestamp + config.blockTime
  if (timestamp < origin.ref.timestamp) {
    throw new ChainError(
      'reset',
      'ORIGIN_AHEAD',
      `block ${parent.number + 1n} at ${timestamp} cannot have L1 origin ${epoch.hash}, which is ` +
        `at ${origin.ref.timestamp}`,
    )
  }
  const upgrade = upgradeOfBlock(config, deps.upgradeBundles, timestamp)
  const l1Info = l1AttributesTransaction(config, systemConfig, origin, sequenceNumber, timestamp)
  const isActive = (fork: 'canyon' | 'ecotone' | 'holocene' | 'jovian') =>
    isForkActive(config, fork, timestamp)
  return {
    timestamp,
    prevRandao: origin.header.mixHash,
    suggestedFeeRecipient: predeploys.sequencerFeeVault,
    withdrawals: isActive('canyon') ? [] : undefined,
    parentBeaconBlockRoot: isActive('ecotone')
      ? (origin.header.parentBeaconBlockRoot ?? zeroHash)
      : undefined,
    transactions: [encodeDepositTransaction(l1Info), ...deposits, ...upgrade.transactions],
    noTxPool: true,
    gasLimit: systemConfig.gasLimit + upgrade.extraGas,
    eip1559Params: isActive('holocene')
      ? encodeEip1559Params({
          denominator: systemConfig.eip1559Denominator,
          elasticity: systemConfig.eip1559Elasticity,
        })
      : undefined,
    minBaseFee: isActive('jovian') ? systemConfig.minBaseFee : undefined,
  }
}

/** Whatever keeps the engine from telling the config, a later attempt may succeed. */
async function systemConfigOf(
  deps: AttributesDeps,
  parent: L2BlockRef,
  signal: AbortSignal | undefined,
): Promise<SystemConfig> {
  try {
    return await deps.systemConfigByHash(parent.hash, signal)
  } catch (cause) {
    if (cause instanceof ChainError || signal?.aborted) throw cause
    throw new ChainError(
      'temporary',
      'SYSTEM_CONFIG_UNAVAILABLE',
      `cannot read the system config of L2 block ${parent.number}, ${parent.hash}`,
      { cause },
    )
  }
}

/** What depends on whether the block begins an epoch. */
interface EpochInputs {
  readonly origin: L1Block
  readonly systemConfig: SystemConfig
  readonly sequenceNumber: bigint
  /** Encoded. */
  readonly deposits: readonly Uint8Array[]
}

async function sameEpoch(
  deps: AttributesDeps,
  parent: L2BlockRef,
  systemConfig: SystemConfig,
  epoch: BlockId,
  signal: AbortSignal | undefined,
): Promise<EpochInputs> {
  if (parent.l1Origin.hash !== epoch.hash) {
    throw new ChainError(
      'reset',
      'ORIGIN_CONFLICT',
      `L1 origin ${epoch.hash} conflicts with the parent's, ${parent.l1Origin.hash}, both at ` +
        `height ${epoch.number}`,
    )
  }
  const origin = await existing(deps.l1.blockByHash(epoch.hash, signal), epoch)
  return { origin, systemConfig, sequenceNumber: parent.sequenceNumber + 1n, deposits: [] }
}

async function nextEpoch(
  deps: AttributesDeps,
  parent: L2BlockRef,
  parentConfig: SystemConfig,
  epoch: BlockId,
  signal: AbortSignal | undefined,
): Promise<EpochInputs> {
  const origin = await existing(deps.l1.blockByHash(epoch.hash, signal), epoch)
  if (origin.ref.parentHash !== parent.l1Origin.hash) {
    throw new ChainError(
      'reset',
      'ORIGIN_NOT_CHILD',
      `L1 origin ${epoch.hash} has parent ${origin.ref.parentHash}, the L2 parent's origin is ` +
        parent.l1Origin.hash,
    )
  }
  const receipts = await existing(deps.l1.receiptsByHash(epoch.hash, signal), epoch)
  const updated = updateSystemConfig(deps.config, parentConfig, receipts, origin.ref.timestamp)
  for (const error of updated.dropped) deps.reportDroppedUpdate(error, epoch)
  return {
    origin,
    systemConfig: updated.systemConfig,
    sequenceNumber: 0n,
    deposits: userDeposits(deps.config, receipts, epoch),
  }
}

function userDeposits(
  config: RollupConfig,
  receipts: readonly L1Receipt[],
  epoch: BlockId,
): Uint8Array[] {
  const logs = receipts
    .filter((receipt) => receipt.succeeded)
    .flatMap((receipt) => receipt.logs)
    .filter((log) => log.address === config.depositContractAddress && isDepositLog(log))
  try {
    return logs.map((log) => encodeDepositTransaction(decodeDepositLog(log, epoch.hash)))
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    // A deposit must never be left out, and only another contract than the portal could have written this.
    throw new ChainError(
      'critical',
      'DEPOSIT_LOG_INVALID',
      `L1 block ${epoch.number} has a deposit that cannot be read: ${cause.shortMessage}`,
      {
        cause,
        context: { l1Block: epoch },
        metaMessages: [
          'Check deposit_contract_address of the rollup config: it must be the portal.',
        ],
      },
    )
  }
}

async function existing<T>(found: Promise<T | undefined>, epoch: BlockId): Promise<T> {
  const value = await found
  if (value !== undefined) return value
  throw new ChainError(
    'temporary',
    'ORIGIN_NOT_FOUND',
    `L1 does not have block ${epoch.number}, ${epoch.hash}`,
  )
}
