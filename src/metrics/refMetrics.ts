import { type Hash, hexToBytes } from '../base/hex.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { Clock } from '../runtime/clock.ts'
import type { MetricSet } from './metricSet.ts'

/** Which blocks a service knows, by their role. */
export interface RefMetrics {
  /** @param type - Such as `l1_head`. */
  noteL1(type: string, block: L1BlockRef): void
  /** @param type - Such as `l2_unsafe`. Also notes the L1 origin. */
  noteL2(type: string, block: L2BlockRef): void
  /** A block of which nothing else is known. */
  note(layer: 'l1' | 'l2' | 'l1_origin', type: string, block: BlockId): void
}

/**
 * The `refs_…` metrics that all services of the OP Stack have, and most of their dashboards use.
 *
 * Blocks with number and hash zero, which stand for unknown ones, are left out.
 *
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/op-service/metrics/ref_metrics.go
 */
export function createRefMetrics(named: MetricSet, clock: Pick<Clock, 'now'>): RefMetrics {
  const labels = ['layer', 'type']
  const numbers = named.gauge('refs_number', 'Number of the block', labels)
  const times = named.gauge('refs_time', 'Timestamp of the block, in seconds', labels)
  const hashes = named.gauge('refs_hash', 'The first 8 bytes of its hash, as a number', labels)
  const sequenceNumbers = named.gauge('refs_seqnr', 'Sequence number of the L2 block', ['type'])
  const latencies = named.gauge(
    'refs_latency',
    'Timestamp of the block less the time when it was first seen, in seconds',
    labels,
  )
  const seen = new Map<string, BlockId['hash']>()

  function note(layer: string, type: string, block: BlockId & { readonly timestamp?: bigint }) {
    const isKnown = block.number > 0n || /[1-9a-f]/.test(block.hash.slice(2))
    const key = `${layer} ${type}`
    if (!isKnown || seen.get(key) === block.hash) return
    seen.set(key, block.hash)
    numbers.set({ layer, type }, Number(block.number))
    hashes.set({ layer, type }, hashToNumber(block.hash))
    if (block.timestamp === undefined) return
    times.set({ layer, type }, Number(block.timestamp))
    latencies.set({ layer, type }, Number(block.timestamp) - clock.now() / 1000)
  }

  return {
    note,
    noteL1: (type, block) => note('l1', type, block),
    noteL2(type, block) {
      note('l2', type, block)
      note('l1_origin', type, block.l1Origin)
      sequenceNumbers.set({ type }, Number(block.sequenceNumber))
    },
  }
}

/** Little-endian, as op-service has it; rounded to what a double holds. */
function hashToNumber(hash: Hash): number {
  const { buffer, byteOffset } = hexToBytes(hash)
  return Number(new DataView(buffer, byteOffset).getBigUint64(0, true))
}
