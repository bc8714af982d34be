import { collectDefaultMetrics, Registry } from 'prom-client'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { MetricSet } from './metricSet.ts'
import type { MetricsOptions } from './options.ts'

/** The metrics of one service, which Prometheus can read. */
export interface ServiceMetrics {
  readonly registry: Registry
  readonly clock: Clock
  /** Under the names of the service that this one stands in for, such as `op_node_default_…`. */
  readonly named: MetricSet
  /** `takt_…`: what that one does not measure. */
  readonly own: MetricSet
  /** Says that the service works from now on. */
  noteUp(): void
}

/** Metrics with those that every service has: its version, whether it is up, and what Node says of the process. */
export function createServiceMetrics(
  options: { readonly namespace: string; readonly version: string },
  deps: { readonly clock: Clock },
): ServiceMetrics {
  const registry = new Registry()
  const named = new MetricSet(options.namespace, registry)
  const own = new MetricSet('takt', registry)
  collectDefaultMetrics({ register: registry })
  const info = named.gauge('info', 'Version of the service, in its label', ['version'])
  info.set({ version: options.version }, 1)
  const up = named.gauge('up', '1 once the service has started')
  return { registry, clock: deps.clock, named, own, noteUp: () => up.set(1) }
}

/** A page of metrics that is being served. */
export interface MetricsServer {
  /** Where Prometheus finds them. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves metrics in the text format of Prometheus, at `/metrics` and at `/`.
 *
 * @throws {ConfigError} `PORT_TAKEN`, `LISTEN_FAILED`
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export async function serveMetrics(
  { host, port }: MetricsOptions,
  deps: { readonly metrics: ServiceMetrics; readonly logger: Logger },
): Promise<MetricsServer> {
  const { registry } = deps.metrics
  const page = async () => ({
    status: 200,
    contentType: registry.contentType,
    body: await registry.metrics(),
  })
  const server = await createJsonRpcServer(
    {
      host,
      port,
      portFlag: '--metrics.port',
      methods: {},
      routes: { 'GET /metrics': page, 'GET /': page },
    },
    deps,
  )
  deps.logger.info('Serving metrics', { url: `${server.url}/metrics` })
  return { url: `${server.url}/metrics`, close: () => server.close() }
}
