import type { Command } from 'commander'
import type { MetricsOptions } from '../metrics/options.ts'
import type { ServiceMetrics } from '../metrics/serviceMetrics.ts'
import type { NodeObserver } from '../node/observer.ts'
import type { Cleanups } from '../runtime/cleanups.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { readPackageVersion } from '../runtime/packageVersion.ts'
import { type Environment, readFlags } from './flags/flag.ts'
import { type MetricsProgram, metricsDefaults, metricsFlags } from './flags/metricsFlags.ts'

/** @throws like {@link readFlags} */
export function readMetricsOptions(
  command: Command,
  env: Environment,
  program: MetricsProgram,
): MetricsOptions {
  return { ...metricsDefaults(program), ...readFlags(command, metricsFlags(program), env) }
}

/** As {@link openMetrics}, for a node: what tells them what it does. */
export async function openNodeMetrics(
  chain: { readonly blockTime: bigint },
  options: MetricsOptions,
  deps: { readonly logger: Logger; readonly clock: Clock },
  cleanups: Cleanups,
): Promise<NodeObserver | undefined> {
  const metrics = await openMetrics({ options, namespace: 'op_node_default' }, deps, cleanups)
  if (metrics === undefined) return undefined
  const { createNodeMetrics } = await import('../metrics/nodeMetrics.ts')
  return createNodeMetrics(chain, metrics)
}

/**
 * Begins to serve metrics, if that is asked for; otherwise nothing of them is loaded.
 *
 * @param given.namespace - What their names begin with, such as `op_node_default`.
 * @throws {ConfigError} `PORT_TAKEN`, `LISTEN_FAILED`
 */
export async function openMetrics(
  given: { readonly options: MetricsOptions; readonly namespace: string },
  deps: { readonly logger: Logger; readonly clock: Clock },
  cleanups: Cleanups,
): Promise<ServiceMetrics | undefined> {
  const { options, namespace } = given
  if (!options.enabled) return undefined
  const { createServiceMetrics, serveMetrics } = await import('../metrics/serviceMetrics.ts')
  const metrics = createServiceMetrics({ namespace, version: readPackageVersion() }, deps)
  const server = await serveMetrics(options, { ...deps, metrics })
  cleanups.add(() => server.close())
  return metrics
}
