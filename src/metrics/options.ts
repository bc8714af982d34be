/** Whether and where metrics are served. */
export interface MetricsOptions {
  readonly enabled: boolean
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

/**
 * What holds where nothing is said.
 *
 * Differs: op-node and kona-node listen on all addresses. The port is op-node's.
 */
export const defaultMetricsOptions: MetricsOptions = {
  enabled: false,
  host: '127.0.0.1',
  port: 7300,
}
