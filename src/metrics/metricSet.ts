import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type Registry,
} from 'prom-client'

/** Something that happens now and then: how often it has, and when it last did. */
export interface EventMetric {
  record(labels?: Readonly<Record<string, string>>): void
}

/** Makes metrics whose names begin with a namespace. A metric with labels shows up once a value of theirs is known. */
export class MetricSet {
  readonly #namespace: string
  readonly #registry: Registry

  /** @param namespace - Such as `op_node_default`. */
  constructor(namespace: string, registry: Registry) {
    this.#namespace = namespace
    this.#registry = registry
  }

  /** Metrics of a part, such as `txmgr`, whose name comes before theirs. */
  within(part: string): MetricSet {
    return new MetricSet(`${this.#namespace}_${part}`, this.#registry)
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter(this.#configuration(name, help, labelNames) as CounterConfiguration<string>)
  }

  /** @param collect - Sets it whenever metrics are read. */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    collect?: (gauge: Gauge) => void | Promise<void>,
  ): Gauge {
    const configuration = this.#configuration(name, help, labelNames)
    if (collect === undefined) return new Gauge(configuration as GaugeConfiguration<string>)
    return new Gauge({
      ...configuration,
      collect() {
        return collect(this)
      },
    })
  }

  /** @param buckets - Upper bounds, rising. */
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): Histogram {
    return new Histogram({
      ...this.#configuration(name, help, labelNames),
      buckets: [...buckets],
    })
  }

  /** Two metrics, as the services of the OP Stack name them: `<name>_total` and `last_<name>_unix`. */
  event(
    name: string,
    what: string,
    clock: { now(): number },
    labelNames: readonly string[] = [],
  ): EventMetric {
    const total = this.counter(`${name}_total`, `Number of ${what}`, labelNames)
    const last = this.gauge(`last_${name}_unix`, `Time of the last of ${what}`, labelNames)
    return {
      record(labels = {}) {
        total.inc(labels)
        last.set(labels, clock.now() / 1000)
      },
    }
  }

  #configuration(name: string, help: string, labelNames: readonly string[]) {
    return {
      name: `${this.#namespace}_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    }
  }
}

/** Upper bounds in seconds for calls to others, as the services of the OP Stack have them. */
export const callBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
