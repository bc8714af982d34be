import type { Batcher } from '../batcher/batcher.ts'
import type { EncoderOutcome } from '../batcher/encoder/batchEncoder.ts'
import { throttleControllerTypes } from '../batcher/throttle/throttleOptions.ts'
import { decodeBlob } from '../protocol/batch/blobCodec.ts'
import type { TxObserver } from '../txmgr/observer.ts'
import { createRefMetrics } from './refMetrics.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/** What a batcher is measured by. */
export interface BatcherMetrics {
  readonly transactions: TxObserver
  readonly onPacked: (outcome: EncoderOutcome) => void
  /** Reads what the batcher knows whenever metrics are read. */
  watch(batcher: Pick<Batcher, 'throttle' | 'pendingBlocks'>): void
}

/**
 * Turns what a batcher does into metrics, under op-batcher's names.
 *
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/op-batcher/metrics/metrics.go
 */
export function createBatcherMetrics(metrics: ServiceMetrics): BatcherMetrics {
  const { named, clock } = metrics
  const transactions = named.event('batcher_tx', 'batcher transactions', clock, ['stage'])
  const blobUse = named.histogram(
    'blob_used_bytes',
    'Data in the last blob of each transaction',
    Array.from({ length: 14 }, (_, step) => 10_003 * step),
  )
  return {
    transactions: {
      onSend({ blobs = [] }) {
        transactions.record({ stage: 'submitted' })
        const last = blobs.at(-1)
        if (last !== undefined) blobUse.observe(decodeBlob(last).length)
      },
      onConfirmed: () => transactions.record({ stage: 'success' }),
      onFailed: () => transactions.record({ stage: 'failed' }),
    },
    onPacked: createChannelMetrics(metrics),
    watch: (batcher) => watchBatcher(metrics, batcher),
  }
}

function createChannelMetrics({ named, clock }: ServiceMetrics) {
  const refs = createRefMetrics(named, clock)
  const channels = named.event('channel', 'channels', clock, ['stage'])
  const frames = named.gauge('channel_num_frames', 'Frames of the last channel')
  const input = named.gauge('input_bytes', 'What went into the last channel', ['stage'])
  const output = named.gauge('output_bytes', 'What it was compressed to')
  const inputTotal = named.counter('input_bytes_total', 'What went into all channels')
  const outputTotal = named.counter('output_bytes_total', 'What they were compressed to')
  const ratio = named.histogram('channel_compr_ratio', 'Size of channels to what went into them', [
    0.1,
    0.2,
    ...Array.from({ length: 14 }, (_, step) => (30 + 5 * step) / 100),
  ])
  return (outcome: EncoderOutcome): void => {
    if (outcome.type === 'dropped') channels.record({ stage: 'dropped' })
    if (outcome.type !== 'closed') return
    const { blocks, rawBytes, frameBytes, frameCount } = outcome.channel
    channels.record({ stage: 'closed' })
    refs.noteL2('added', blocks.at(-1)!.ref)
    frames.set(frameCount)
    input.set({ stage: 'closed' }, rawBytes)
    output.set(frameBytes)
    inputTotal.inc(rawBytes)
    outputTotal.inc(frameBytes)
    ratio.observe(frameBytes / rawBytes)
  }
}

function watchBatcher(
  { named }: ServiceMetrics,
  batcher: Pick<Batcher, 'throttle' | 'pendingBlocks'>,
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    named.gauge(name, help, [], (gauge) => gauge.set(read()))
  const byType = (name: string, help: string, read: () => number) =>
    named.gauge(name, help, ['type'], (gauge) => {
      for (const type of throttleControllerTypes) {
        gauge.set({ type }, type === batcher.throttle.type ? read() : 0)
      }
    })
  named.gauge('pending_blocks_count', 'Blocks that are in no channel', ['stage'], (gauge) =>
    gauge.set({ stage: 'added' }, batcher.pendingBlocks),
  )
  gauge(
    'unsafe_da_bytes',
    'Estimated data that L1 has yet to take in',
    () => batcher.throttle.backlogBytes,
  )
  gauge(
    'throttle_max_tx_size',
    'Limit of a transaction in bytes; 0: none',
    () => batcher.throttle.maxTxBytes,
  )
  gauge(
    'throttle_max_block_size',
    'Limit of a block in bytes; 0: none',
    () => batcher.throttle.maxBlockBytes,
  )
  byType('throttle_controller_type', '1 for the controller in use', () => 1)
  byType('throttle_intensity', 'From 0, no throttling, to 1', () => batcher.throttle.intensity)
  byType('unsafe_bytes_ratio', 'That data to the threshold of throttling', () => {
    const { backlogBytes, lowerThreshold } = batcher.throttle
    return lowerThreshold === 0 ? 0 : backlogBytes / lowerThreshold
  })
}
