import { DecodeError } from '../../base/errors.ts'
import type { Address, Hash } from '../../base/hex.ts'
import { decodeExtraData } from '../../protocol/extraData.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import { type ExecutionChainConfig, rulesAt } from '../chainConfig.ts'
import { BlockInvalidError } from './blockInvalidError.ts'

/** What a block is besides its transactions. */
export interface BlockEnvironment {
  readonly timestamp: bigint
  readonly gasLimit: bigint
  readonly prevRandao: Hash
  readonly feeRecipient: Address
  /** From Ecotone. */
  readonly parentBeaconBlockRoot: Hash | undefined
  /** As the fork wants it: `extraDataForAttributes` makes it for a block that is to be built. */
  readonly extraData: Uint8Array
}

/** What clients count gas in: 63 bits. */
const maxBlockGas = 2n ** 63n - 1n

/**
 * Checks that a block with this environment may follow `parent`.
 *
 * @throws {BlockInvalidError}
 */
export function assertEnvironment(
  chain: ExecutionChainConfig,
  parent: BlockHeader,
  environment: BlockEnvironment,
): void {
  const { timestamp, gasLimit, parentBeaconBlockRoot, extraData } = environment
  const rules = rulesAt(chain, timestamp)
  if (timestamp <= parent.timestamp) {
    throw new BlockInvalidError(
      'timestamp',
      `timestamp ${timestamp} is not after the parent's ${parent.timestamp}`,
    )
  }
  if (gasLimit > maxBlockGas) {
    throw new BlockInvalidError('gasLimit', `gas limit ${gasLimit} is above ${maxBlockGas}`)
  }
  if (rules.isActive('ecotone') !== (parentBeaconBlockRoot !== undefined)) {
    const wanted = rules.isActive('ecotone') ? 'needs' : 'must not have'
    throw new BlockInvalidError(
      'parentBeaconBlockRoot',
      `a block under ${rules.fork} ${wanted} a parent beacon block root`,
    )
  }
  try {
    decodeExtraData(chain, timestamp, extraData)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new BlockInvalidError('extraData', cause.shortMessage, {}, cause)
  }
  if (extraData.length > 32) {
    throw new BlockInvalidError('extraData', `extra data has ${extraData.length} bytes, over 32`)
  }
}
