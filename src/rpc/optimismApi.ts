import { zeroHash } from '../base/hex.ts'
import { parseQuantity } from '../base/quantity.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { rollupConfigToJson } from '../chain/rollupConfigJson.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import type { L2Chain } from '../engine/interface.ts'
import type { SafeHeadDatabase } from '../engine/safeHeadDatabase.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { param } from '../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import { outputRoot } from '../protocol/outputRoot.ts'
import { blockIdToJson, l2BlockRefToJson, syncStatusToJson } from './refJson.ts'

export interface OptimismApiDeps {
  readonly l2: Pick<L2Chain, 'blockRefByNumber' | 'outputRootsByHash'>
  readonly syncStatus: () => SyncStatus
  /** `undefined` when the node keeps no such records. */
  readonly safeHeads?: Pick<SafeHeadDatabase, 'safeHeadAtL1'> | undefined
}

/**
 * The `optimism_` methods of a rollup node.
 *
 * @see https://docs.optimism.io/node-operators/reference/json-rpc#optimism
 */
export function optimismApi(
  options: { readonly config: RollupConfig; readonly version: string },
  deps: OptimismApiDeps,
): RpcMethods {
  const { config, version } = options
  const { l2, syncStatus, safeHeads } = deps
  return {
    optimism_syncStatus: async () => syncStatusToJson(syncStatus()),
    optimism_rollupConfig: async () => rollupConfigToJson(config),
    optimism_version: async () => version,
    optimism_safeHeadAtL1Block: async (params) => {
      const number = param(params, 0, parseQuantity)
      if (safeHeads === undefined) {
        throw new RpcError(
          rpcErrorCodes.serverError,
          'safe head database not enabled: start the node with --safedb.path',
        )
      }
      const record = await safeHeads.safeHeadAtL1(number)
      if (record === undefined) {
        throw new RpcError(
          rpcErrorCodes.serverError,
          `not found: no record of the safe head at L1 block ${number}`,
        )
      }
      return { l1Block: blockIdToJson(record.l1), safeHead: blockIdToJson(record.safeHead) }
    },
    optimism_outputAtBlock: async (params, { signal }) => {
      const status = syncStatus()
      const number = param(params, 0, (block) => blockNumber(block, config, status))
      const ref = await l2.blockRefByNumber(number, signal)
      if (ref === undefined) {
        throw new RpcError(rpcErrorCodes.serverError, `L2 block ${number} not found`)
      }
      const roots = await l2.outputRootsByHash(ref.hash, signal)
      return {
        version: zeroHash,
        outputRoot: outputRoot({ ...roots, blockHash: ref.hash }),
        blockRef: l2BlockRefToJson(ref),
        withdrawalStorageRoot: roots.withdrawalStorageRoot,
        stateRoot: roots.stateRoot,
        syncStatus: syncStatusToJson(status),
      }
    },
  }
}

/** Reads a block number or a tag. The tags are those of Ethereum, for the heads of this node. */
function blockNumber(block: unknown, config: RollupConfig, status: SyncStatus): bigint {
  switch (block) {
    case 'latest':
    case 'pending':
      return status.unsafeL2.number
    case 'safe':
      return status.safeL2.number
    case 'finalized':
      return status.finalizedL2.number
    case 'earliest':
      return config.genesis.l2.number
    default:
      return parseQuantity(block)
  }
}
