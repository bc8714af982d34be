import type { RollupConfig } from '../chain/rollupConfig.ts'
import { encodeFrames } from '../protocol/batch/frame.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import { encodeSpanBatch } from '../protocol/batch/spanBatchEncoder.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'
import { channelId, framesOf } from './batcher.ts'

/**
 * What a batcher posts for consecutive blocks: one channel with one span batch in one frame, as calldata.
 *
 * @param seed - Another one for each channel, below 256.
 */
export function batchData(
  config: RollupConfig,
  payloads: readonly PayloadEnvelope[],
  seed: number,
): Uint8Array {
  const { genesis, blockTime, l2ChainId } = config
  const batches = payloads.map((payload) => batchOf(config, payload))
  const { sequenceNumber } = l2BlockRefFromPayload(config, payloads[0]!.executionPayload)
  const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
  const span = encodeSpanBatch(batches, chain, sequenceNumber === 0n)
  return encodeFrames(framesOf([span], { id: channelId(seed) }))
}

function batchOf(config: RollupConfig, { executionPayload }: PayloadEnvelope): SingularBatch {
  const { l1Origin, parentHash, timestamp } = l2BlockRefFromPayload(config, executionPayload)
  return {
    type: 'singular',
    parentHash,
    epochNumber: l1Origin.number,
    epochHash: l1Origin.hash,
    timestamp,
    transactions: executionPayload.transactions.filter((raw) => !isDepositTransaction(raw)),
  }
}
