import { expect, it } from 'vitest'
import type { ThrottleInfo } from '../batcher/batcher.ts'
import type { EncoderOutcome } from '../batcher/encoder/batchEncoder.ts'
import { encodeBlob } from '../protocol/batch/blobCodec.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { parsePrometheusText } from '../testing/prometheusText.ts'
import { createBatcherMetrics } from './batcherMetrics.ts'
import { createProposerMetrics } from './proposerMetrics.ts'
import { createServiceMetrics } from './serviceMetrics.ts'

const hash = `0x${'11'.repeat(32)}` as const

it('measures channels and throttling of a batcher', async () => {
  const { metrics, page } = prepare('op_batcher_default')
  const batcher = createBatcherMetrics(metrics)
  const throttle: ThrottleInfo = {
    type: 'linear',
    ...{ intensity: 0.5, maxTxBytes: 150, maxBlockBytes: 2_000 },
    ...{ lowerThreshold: 1_000, upperThreshold: 4_000, backlogBytes: 2_500 },
  }
  batcher.watch({ throttle, pendingBlocks: 12 })
  const ref = { hash, number: 7n, parentHash: hash, timestamp: 14n, sequenceNumber: 0n }
  const blocks = [{ ref: { ...ref, l1Origin: { hash, number: 3n } } }]
  const channel = { blocks, rawBytes: 1_000, frameBytes: 400, frameCount: 2 }
  batcher.onPacked({ type: 'closed', channel, reason: 'full' } as unknown as EncoderOutcome)
  batcher.onPacked({ type: 'dropped', channelId: '0x01', reason: 'timed out' })
  batcher.onPacked({ type: 'progressed' })
  const blobs = [encodeBlob(new Uint8Array(130_044)), encodeBlob(new Uint8Array(30_000))]
  batcher.transactions.onSend({ to: undefined, data: new Uint8Array(), blobs })
  const now = await page()
  const value = (name: string, labels = {}) => now.value(`op_batcher_default_${name}`, labels)
  expect(value('channel_total', { stage: 'closed' })).toBe(1)
  expect(value('channel_total', { stage: 'dropped' })).toBe(1)
  expect(value('channel_num_frames')).toBe(2)
  expect(value('input_bytes', { stage: 'closed' })).toBe(1_000)
  expect(value('output_bytes')).toBe(400)
  expect(value('input_bytes_total')).toBe(1_000)
  expect(value('output_bytes_total')).toBe(400)
  expect(value('channel_compr_ratio_sum')).toBeCloseTo(0.4)
  expect(value('refs_number', { layer: 'l2', type: 'added' })).toBe(7)
  expect(value('blob_used_bytes_sum')).toBe(30_000)
  expect(value('blob_used_bytes_bucket', { le: '20006' })).toBe(0)
  expect(value('blob_used_bytes_bucket', { le: '30009' })).toBe(1)
  expect(value('pending_blocks_count', { stage: 'added' })).toBe(12)
  expect(value('unsafe_da_bytes')).toBe(2_500)
  expect(value('throttle_intensity', { type: 'linear' })).toBe(0.5)
  expect(value('throttle_intensity', { type: 'step' })).toBe(0)
  expect(value('throttle_controller_type', { type: 'linear' })).toBe(1)
  expect(value('unsafe_bytes_ratio', { type: 'linear' })).toBe(2.5)
  expect(value('throttle_max_tx_size')).toBe(150)
  expect(value('throttle_max_block_size')).toBe(2_000)
})

it('measures what a proposer proposes', async () => {
  const { metrics, page } = prepare('op_proposer_default')
  const proposer = createProposerMetrics(metrics)
  const block = { hash, number: 42n }
  proposer.onProposed({
    outputRoot: hash,
    block,
    status: { currentL1: block, safeL2: block, finalizedL2: block },
  })
  proposer.onFailed()
  const now = await page()
  expect(now.value('op_proposer_default_proposed_sequence_number')).toBe(42)
  expect(now.value('op_proposer_default_refs_number', { type: 'proposed' })).toBe(42)
  expect(now.value('takt_proposal_failures_total')).toBe(1)
})

function prepare(namespace: string) {
  const clock = new ManualClock(1_000_000)
  const metrics = createServiceMetrics({ namespace, version: '' }, { clock })
  return { metrics, page: async () => parsePrometheusText(await metrics.registry.metrics()) }
}
