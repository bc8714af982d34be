import { assertNever } from '../base/assertNever.ts'
import type { DriverEvent } from '../driver/observer.ts'
import type { NodeObserver, ObservedNode } from '../node/observer.ts'
import { createBlockMetrics } from './blockMetrics.ts'
import { createDerivationMetrics } from './derivationMetrics.ts'
import { callBuckets, type MetricSet } from './metricSet.ts'
import { createRefMetrics } from './refMetrics.ts'
import { createRequestMetrics } from './requestMetrics.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'
import { createStatusMetrics } from './statusMetrics.ts'

/**
 * Turns what a node does into metrics: op-node's under op-node's names, and takt's own.
 *
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/op-node/metrics/metrics.go
 */
export function createNodeMetrics(
  options: {
    /** Seconds. */
    readonly blockTime: bigint
  },
  metrics: ServiceMetrics,
): NodeObserver {
  const { named, own, clock } = metrics
  const refs = createRefMetrics(named, clock)
  const noteStatus = createStatusMetrics(named, refs)
  const noteEvent = createEventMetrics(metrics)
  let watched: ObservedNode | undefined
  watchNode(named, () => watched)
  const engineCalls = own.histogram(
    'engine_call_seconds',
    'How long calls of the Engine API took',
    callBuckets,
    ['call', 'outcome'],
  )
  return {
    onReady(node) {
      watched = node
      metrics.noteUp()
    },
    onDriverEvent(event) {
      if (event.type === 'moved') return noteStatus(event.status)
      if (event.type === 'received') refs.note('l2', 'received_payload', event.block)
      noteEvent(event)
    },
    onDerivationEvent: createDerivationMetrics(metrics),
    onBlock: createBlockMetrics(options, metrics),
    onEngineCall(call, durationMs, hasFailed) {
      engineCalls.observe({ call, outcome: hasFailed ? 'failed' : 'answered' }, durationMs / 1000)
    },
    onRequest: createRequestMetrics(named),
  }
}

/** What is asked of the node whenever metrics are read. */
function watchNode(named: MetricSet, node: () => ObservedNode | undefined): void {
  const gauge = (name: string, help: string, read: (node: ObservedNode) => number | boolean) =>
    named.gauge(name, help, [], (gauge) => {
      const watched = node()
      if (watched !== undefined) gauge.set(Number(read(watched)))
    })
  gauge('sequencer_active', '1 while the node makes blocks', (node) => node.sequencerActive)
  gauge(
    'derivation_idle',
    '1 while all of L1 is read',
    (node) => node.status.derivation?.isIdle ?? true,
  )
  gauge(
    'unsafe_payloads_buffer_len',
    'Blocks that wait for those before them',
    (node) => node.waitingBlocks.length,
  )
  gauge(
    'unsafe_payloads_buffer_mem_size',
    'What they take, in bytes',
    (node) => node.waitingBlocks.sizeBytes,
  )
}

function createEventMetrics({ named, own, clock }: ServiceMetrics) {
  const resets = [
    named.event('pipeline_resets', 'resets of derivation', clock),
    named.event('sequencer_resets', 'resets of the sequencer', clock),
  ]
  const derivationErrors = named.event('derivation_errors', 'faults of derivation', clock)
  const sequencingErrors = named.event('sequencing_errors', 'faults of the sequencer', clock)
  const payloads = named.event('unsafe_payloads', 'blocks that were handed in', clock)
  const faults = own.counter('faults_total', 'What went wrong, and how it was answered', [
    'during',
    'severity',
  ])
  return (event: Exclude<DriverEvent, { type: 'moved' }>): void => {
    switch (event.type) {
      case 'fault': {
        const { during, severity } = event
        faults.inc({ during, severity })
        if (during === 'step') sequencingErrors.record()
        if (during === 'derive' || during === 'verify') derivationErrors.record()
        return
      }
      case 'reset':
        for (const reset of resets) reset.record()
        return
      case 'received':
        payloads.record()
        return
      default:
        assertNever(event)
    }
  }
}
