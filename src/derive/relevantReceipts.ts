import type { RollupConfig } from '../chain/rollupConfig.ts'
import { depositEventTopic } from '../protocol/depositLog.ts'
import { bloomMayContain } from '../protocol/logsBloom.ts'
import { configUpdateTopic } from '../protocol/systemConfigUpdate.ts'
import type { L1DataProvider } from './providers.ts'

/**
 * The same L1, but receipts are fetched only where the header's bloom admits a deposit or an update of the
 * SystemConfig; all other blocks are given out as having none.
 *
 * The bloom is part of the block's hash and knows no false negatives. Most blocks hold neither log, and
 * their receipts are the largest thing that derivation would read.
 */
export function onlyRelevantReceipts(config: RollupConfig, l1: L1DataProvider): L1DataProvider {
  return {
    blockRefByNumber: (number, signal) => l1.blockRefByNumber(number, signal),
    blockRefByHash: (hash, signal) => l1.blockRefByHash(hash, signal),
    blockByHash: (hash, signal) => l1.blockByHash(hash, signal),
    transactionsByHash: (hash, signal) => l1.transactionsByHash(hash, signal),
    async receiptsByHash(hash, signal) {
      const block = await l1.blockByHash(hash, signal)
      if (block === undefined) return undefined
      return mayHoldRelevantLogs(config, block.header.logsBloom)
        ? l1.receiptsByHash(hash, signal)
        : []
    },
  }
}

/** Whether a block of that bloom may hold a deposit or an update of the SystemConfig. */
export function mayHoldRelevantLogs(config: RollupConfig, bloom: Uint8Array): boolean {
  return (
    (bloomMayContain(bloom, config.depositContractAddress) &&
      bloomMayContain(bloom, depositEventTopic)) ||
    (bloomMayContain(bloom, config.l1SystemConfigAddress) &&
      bloomMayContain(bloom, configUpdateTopic))
  )
}
