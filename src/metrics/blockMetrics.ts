import { isDepositTransaction } from '../protocol/transaction.ts'
import { latenessMs, type SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { callBuckets } from './metricSet.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/**
 * How a sequencer keeps its time.
 *
 * @param options.blockTime - Seconds.
 * @returns what to tell of each block.
 */
export function createBlockMetrics(
  { blockTime }: { readonly blockTime: bigint },
  { named, own }: ServiceMetrics,
): (block: SequencedBlock) => void {
  const transactions = named.counter('transactions_sequenced_total', 'Transactions in our blocks', [
    'type',
  ])
  const buildingDiff = named.histogram(
    'sequencer_building_diff_seconds',
    'Time from the start of a block to its seal, less the block time',
    [...callBuckets.map((bound) => -bound).reverse(), ...callBuckets],
  )
  const built = named.counter('sequencer_building_diff_total', 'Blocks that were built')
  const sealing = named.histogram(
    'sequencer_sealing_seconds',
    'Time from asking the engine for a block to having it',
    callBuckets,
  )
  const sealed = named.counter('sequencer_sealing_total', 'Blocks that were sealed')
  const inserting = named.histogram(
    'sequencer_insert_seconds',
    'Time from a committed block to the head of the engine',
    callBuckets,
  )
  const lateness = own.histogram(
    'sequencer_lateness_seconds',
    'How much later than its timestamp a block became the head; below zero when it was early',
    [-0.5, -0.1, -0.05, -0.02, -0.01, -0.005, 0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
  )
  const share = own.histogram(
    'sequencer_building_ratio',
    'Part of the block time in which the engine could take in transactions',
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 1],
  )
  return (block) => {
    const { startedMs, sealMs, sealedMs, committedMs, insertedMs } = block.times
    const all = block.envelope.executionPayload.transactions
    const deposits = all.filter(isDepositTransaction).length
    transactions.inc({ type: 'deposits' }, deposits)
    transactions.inc({ type: 'txns' }, all.length - deposits)
    buildingDiff.observe((sealedMs - startedMs) / 1000 - Number(blockTime))
    built.inc()
    sealing.observe((sealedMs - sealMs) / 1000)
    sealed.inc()
    inserting.observe((insertedMs - committedMs) / 1000)
    lateness.observe(latenessMs(block) / 1000)
    share.observe((sealMs - startedMs) / 1000 / Number(blockTime))
  }
}
