/** One line of metrics with a value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A page of metrics, taken apart. */
export interface MetricsPage {
  readonly samples: readonly Sample[]
  /** By name. */
  readonly types: ReadonlyMap<string, string>
  /** The value with this name and at least these labels. @throws when there is not exactly one. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
  /** Whether there is one. */
  has(name: string, labels?: Readonly<Record<string, string>>): boolean
}

/**
 * Reads the text format of Prometheus as strictly as its description has it, and stricter: each metric has its help and
 * its type, once, before its samples; none comes twice; histograms add up.
 *
 * @throws {Error} naming the line.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export function parsePrometheusText(text: string): MetricsPage {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const helps = new Set<string>()
  const types = new Map<string, string>()
  const samples: Sample[] = []
  const seen = new Set<string>()
  let current: string | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    if (line === '') continue
    if (line.startsWith('#')) {
      const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
      const [, kind, name, rest] = comment ?? fail('neither help nor type')
      if (kind === 'HELP') {
        if (helps.has(name!)) fail('second help')
        helps.add(name!)
      } else {
        if (!helps.has(name!) || types.has(name!)) fail('type without help, or a second one')
        if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest!)) fail('unknown type')
        types.set(name!, rest!)
        current = name
      }
      continue
    }
    const sample = readSample(line) ?? fail('no sample')
    const type = types.get(current ?? '') ?? fail('no type before')
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!suffixes.some((suffix) => sample.name === `${current}${suffix}`)) fail('of no metric')
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
    if (seen.has(key)) fail('second sample')
    seen.add(key)
    samples.push(sample)
  }
  for (const [name, type] of types) if (type === 'histogram') assertHistogram(name, samples)
  const find = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
  return {
    samples,
    types,
    has: (name, labels) => find(name, labels).length > 0,
    value(name, labels) {
      const [first, ...others] = find(name, labels)
      if (first !== undefined && others.length === 0) return first.value
      throw new Error(
        `${others.length + (first ? 1 : 0)} samples ${name} ${JSON.stringify(labels)}`,
      )
    },
  }
}

const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/y

function readSample(line: string): Sample | undefined {
  const start = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{)?/.exec(line)
  if (start === null) return undefined
  const labels: Record<string, string> = {}
  let end = start[0].length
  if (start[2] !== undefined) {
    for (;;) {
      labelPattern.lastIndex = end
      const label = labelPattern.exec(line)
      if (label === null || label[1]! in labels) return undefined
      labels[label[1]!] = label[2]!
      end = labelPattern.lastIndex + 1
      const separator = line[end - 1]
      if (separator === '}') break
      if (separator !== ',') return undefined
    }
  }
  // As Go reads numbers, which does not mind the case.
  const value = /^ ([-+]?inf|nan|[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)$/i.exec(line.slice(end))?.[1]
  if (value === undefined) return undefined
  return { name: start[1]!, labels, value: Number(value.replace(/inf/i, 'Infinity')) }
}

function assertHistogram(name: string, samples: readonly Sample[]): void {
  const counts = samples.filter((sample) => sample.name === `${name}_count`)
  for (const { labels, value } of counts) {
    const mine = samples.filter(
      (sample) =>
        sample.name === `${name}_bucket` &&
        Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
    )
    const bounds = mine.map((bucket) => Number(bucket.labels['le']!.replace('Inf', 'Infinity')))
    const rises = (numbers: readonly number[], isStrict: boolean) =>
      numbers.every((n, i) => i === 0 || (isStrict ? n > numbers[i - 1]! : n >= numbers[i - 1]!))
    const values = mine.map((bucket) => bucket.value)
    const isSound =
      bounds.at(-1) === Number.POSITIVE_INFINITY &&
      rises(bounds, true) &&
      rises(values, false) &&
      values.at(-1) === value
    if (!isSound) throw new Error(`histogram ${name} ${JSON.stringify(labels)} does not add up`)
  }
}
