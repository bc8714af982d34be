import { beforeEach, describe, expect, it } from 'vitest'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { createSyncStatus } from '../driver/syncStatus.ts'
import { countable, type NodeObserver } from '../node/observer.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { type MetricsPage, parsePrometheusText } from '../testing/prometheusText.ts'
import { createNodeMetrics } from './nodeMetrics.ts'
import { createServiceMetrics, type ServiceMetrics } from './serviceMetrics.ts'

const hash = (number: number): Hash => `0x${number.toString(16).padStart(2, '0').repeat(32)}`
const l1 = (number: number): L1BlockRef => ({
  ...{ hash: hash(number), number: BigInt(number) },
  ...{ parentHash: hash(number - 1), timestamp: BigInt(12 * number) },
})
const l2 = (number: number): L2BlockRef => ({
  ...{ hash: hash(number), number: BigInt(number), parentHash: hash(number - 1) },
  ...{ timestamp: BigInt(2 * number), l1Origin: { hash: hash(5), number: 5n }, sequenceNumber: 3n },
})

let clock: ManualClock
let metrics: ServiceMetrics
let node: NodeObserver

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  const options = { namespace: 'op_node_default', version: '1.2.3' }
  metrics = createServiceMetrics(options, { clock })
  node = createNodeMetrics({ blockTime: 2n }, metrics)
})

describe('the metrics of a node', () => {
  it('say that it is up, which version, and what it does just now', async () => {
    expect((await page()).value('op_node_default_up')).toBe(0)
    const state = {
      ...{ sequencerActive: true, status: { derivation: { isIdle: false, sinceMs: 0 } } },
      waitingBlocks: { length: 2, sizeBytes: 4_000 },
    }
    node.onReady(state)
    const now = await page()
    expect(now.value('op_node_default_up')).toBe(1)
    expect(now.value('op_node_default_info', { version: '1.2.3' })).toBe(1)
    expect(now.value('op_node_default_sequencer_active')).toBe(1)
    expect(now.value('op_node_default_derivation_idle')).toBe(0)
    expect(now.value('op_node_default_unsafe_payloads_buffer_len')).toBe(2)
    expect(now.value('op_node_default_unsafe_payloads_buffer_mem_size')).toBe(4_000)
    state.sequencerActive = false
    state.status.derivation.isIdle = true
    expect((await page()).value('op_node_default_sequencer_active')).toBe(0)
    expect((await page()).value('op_node_default_derivation_idle')).toBe(1)
  })

  it('say where it stands', async () => {
    const heads = { head: l1(9), safe: l1(8), finalized: undefined }
    const { safe, finalized } = { safe: l2(0x41), finalized: l2(0x40) }
    const unsafe = l2(0x42)
    const engine = { unsafe, pendingSafe: safe, safe, finalized }
    node.onDriverEvent({ type: 'moved', status: createSyncStatus(l1(7), heads, engine) })
    const now = await page()
    const at = (type: string, layer = type.slice(0, 2)) =>
      now.value('op_node_default_refs_number', { layer, type })
    expect(['l1_head', 'l1_safe', 'l1_derived'].map((type) => at(type))).toEqual([9, 8, 7])
    expect(['l2_unsafe', 'l2_safe', 'l2_finalized'].map((type) => at(type))).toEqual([66, 65, 64])
    expect(at('l2_unsafe', 'l1_origin')).toBe(5)
    expect(now.has('op_node_default_refs_number', { type: 'l1_finalized' })).toBe(false)
    const unsafeLabels = { layer: 'l2', type: 'l2_unsafe' }
    expect(now.value('op_node_default_refs_time', unsafeLabels)).toBe(132)
    expect(now.value('op_node_default_refs_latency', unsafeLabels)).toBe(132 - 1_000)
    expect(now.value('op_node_default_refs_hash', unsafeLabels)).toBe(Number(0x4242424242424242n))
    expect(now.value('op_node_default_refs_seqnr', { type: 'l2_unsafe' })).toBe(3)
  })

  it('measure a block by when it was first seen', async () => {
    const noted = () => {
      const heads = { head: l1(80), safe: undefined, finalized: undefined }
      node.onDriverEvent({ type: 'moved', status: createSyncStatus(l1(80), heads, undefined) })
    }
    noted()
    clock.set(1_005_000)
    noted()
    const labels = { layer: 'l1', type: 'l1_head' }
    expect((await page()).value('op_node_default_refs_latency', labels)).toBe(960 - 1_000)
  })

  it('count reorgs of L1', async () => {
    const head = (block: L1BlockRef) => {
      const heads = { head: block, safe: undefined, finalized: undefined }
      node.onDriverEvent({ type: 'moved', status: createSyncStatus(undefined, heads, undefined) })
    }
    for (const block of [l1(20), l1(21), l1(21), l1(25)]) head(block)
    expect((await page()).value('op_node_default_l1_reorg_depth_count')).toBe(0)
    head({ ...l1(26), parentHash: hash(99) })
    head({ ...l1(24), hash: hash(98) })
    const now = await page()
    expect(now.value('op_node_default_l1_reorg_depth_count')).toBe(2)
    expect(now.value('op_node_default_l1_reorg_depth_sum')).toBe(1 + 3)
  })

  it('count what goes wrong, by what it was part of', async () => {
    node.onDriverEvent({ type: 'fault', during: 'step', severity: 'temporary' })
    node.onDriverEvent({ type: 'fault', during: 'derive', severity: 'temporary' })
    node.onDriverEvent({ type: 'fault', during: 'verify', severity: 'reset' })
    node.onDriverEvent({ type: 'reset' })
    const now = await page()
    expect(now.value('op_node_default_sequencing_errors_total')).toBe(1)
    expect(now.value('op_node_default_derivation_errors_total')).toBe(2)
    expect(now.value('op_node_default_last_derivation_errors_unix')).toBe(1_000)
    expect(now.value('op_node_default_pipeline_resets_total')).toBe(1)
    expect(now.value('takt_faults_total', { during: 'verify', severity: 'reset' })).toBe(1)
  })

  it('tell what derivation takes and what it drops', async () => {
    const judged = { type: 'batchJudged', batchType: 'span', timestamp: 1n } as const
    const drop = { type: 'drop', rule: 'parentHash' } as const
    const channelId = '0x01'
    for (const event of [
      { ...judged, verdict: { type: 'accept' } },
      { ...judged, verdict: { type: 'accept' } },
      { ...judged, verdict: drop },
      { type: 'channelOpened', channelId },
      { type: 'channelRead', channelId, sizeBytes: 321 },
      { type: 'channelDropped', channelId, reason: 'timedOut' },
      { type: 'frameDropped', channelId, frameNumber: 1, reason: 'notNext' },
    ] as const) {
      node.onDerivationEvent(structuredClone(countable(event)))
    }
    const now = await page()
    expect(now.value('op_node_default_derived_batches_total', { type: 'span' })).toBe(2)
    expect(now.value('op_node_default_head_channel_total')).toBe(1)
    expect(now.value('op_node_default_channel_input_bytes')).toBe(321)
    expect(now.value('op_node_default_channel_timeout_total')).toBe(1)
    const dropped = (what: string, reason: string) =>
      now.value('takt_derivation_dropped_total', { what, reason })
    expect(dropped('batch', 'parentHash')).toBe(1)
    expect(dropped('channel', 'timedOut')).toBe(1)
    expect(dropped('frame', 'notNext')).toBe(1)
  })

  it('measure its blocks', async () => {
    node.onBlock({
      ref: { ...l2(500), timestamp: 1_000n },
      envelope: { executionPayload: { transactions: [[0x7e], [2], [2]] } },
      times: {
        ...{ plannedMs: 998_000, startedMs: 998_000, sealDueMs: 999_980, sealMs: 999_980 },
        ...{ sealedMs: 999_990, committedMs: 999_990, insertedMs: 1_000_020 },
      },
    } as unknown as SequencedBlock)
    const now = await page()
    const sum = (name: string) => now.value(`${name}_sum`)
    expect(sum('op_node_default_sequencer_building_diff_seconds')).toBeCloseTo(-0.01)
    expect(sum('op_node_default_sequencer_sealing_seconds')).toBeCloseTo(0.01)
    expect(sum('op_node_default_sequencer_insert_seconds')).toBeCloseTo(0.03)
    expect(sum('takt_sequencer_lateness_seconds')).toBeCloseTo(0.02)
    expect(sum('takt_sequencer_building_ratio')).toBeCloseTo(0.99)
    const count = (type: string) =>
      now.value('op_node_default_transactions_sequenced_total', { type })
    expect([count('deposits'), count('txns')]).toEqual([1, 2])
  })

  it('measure what it asks of others', async () => {
    const request = { endpoint: 'http://l1', durationMs: 40, errorCode: undefined }
    node.onRequest('l1', { ...request, methods: ['eth_a', 'eth_a', 'eth_b'] })
    node.onRequest('l1', { ...request, methods: ['eth_b'], errorCode: 'RPC_TIMEOUT' })
    node.onEngineCall('newPayload', 250, false)
    const now = await page()
    const calls = { rpc: 'l1', method: 'eth_a' }
    expect(now.value('op_node_default_rpc_client_requests_total', calls)).toBe(2)
    expect(now.value('op_node_default_rpc_client_request_duration_seconds_sum', calls)).toBeCloseTo(
      0.08,
    )
    const failed = { method: 'eth_b', error: 'RPC_TIMEOUT' }
    expect(now.value('op_node_default_rpc_client_responses_total', failed)).toBe(1)
    const call = { call: 'newPayload', outcome: 'answered' }
    expect(now.value('takt_engine_call_seconds_sum', call)).toBe(0.25)
  })

  it('have the names of op-node that dashboards use', async () => {
    const { types } = await page()
    const names = [...types.keys()].map((name) => name.replace('op_node_default_', ''))
    expect(names).toEqual(
      expect.arrayContaining([
        ...['info', 'up', 'derivation_idle', 'sequencer_active'],
        ...['refs_number', 'refs_time', 'refs_hash', 'refs_seqnr', 'refs_latency'],
        ...['unsafe_payloads_buffer_len', 'unsafe_payloads_buffer_mem_size'],
        ...['pipeline_resets_total', 'last_pipeline_resets_unix', 'unsafe_payloads_total'],
        ...['derivation_errors_total', 'sequencing_errors_total', 'sequencer_resets_total'],
        ...['derived_batches_total', 'head_channel_total', 'channel_timeout_total'],
        ...['channel_input_bytes', 'l1_reorg_depth', 'transactions_sequenced_total'],
        ...['sequencer_building_diff_seconds', 'sequencer_building_diff_total'],
        ...['sequencer_sealing_seconds', 'sequencer_sealing_total', 'sequencer_insert_seconds'],
        ...['rpc_client_requests_total', 'rpc_client_request_duration_seconds'],
        ...['rpc_client_responses_total', 'nodejs_eventloop_lag_p99_seconds'],
      ]),
    )
  })
})

async function page(): Promise<MetricsPage> {
  return parsePrometheusText(await metrics.registry.metrics())
}
