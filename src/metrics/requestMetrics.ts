import type { ObservedRequest } from '../jsonrpc/client.ts'
import { callBuckets, type MetricSet } from './metricSet.ts'

/**
 * The `rpc_client_…` metrics of the OP Stack.
 *
 * Differs: calls that share an HTTP request are counted one by one, each with the duration of the request; and the
 * label `error` of one that got no answer is takt's code.
 *
 * @returns what to tell of each request, with the name of whom it went to.
 */
export function createRequestMetrics(
  named: MetricSet,
): (rpc: string, request: ObservedRequest) => void {
  const labels = ['rpc', 'method']
  const requests = named.counter('rpc_client_requests_total', 'JSON-RPC calls made', labels)
  const durations = named.histogram(
    'rpc_client_request_duration_seconds',
    'How long the HTTP requests took that carried them',
    callBuckets,
    labels,
  )
  const responses = named.counter('rpc_client_responses_total', 'How they ended', [
    ...labels,
    'error',
  ])
  return (rpc, { methods, durationMs, errorCode = '<nil>' }) => {
    for (const method of methods) {
      requests.inc({ rpc, method })
      durations.observe({ rpc, method }, durationMs / 1000)
      responses.inc({ rpc, method, error: errorCode })
    }
  }
}
