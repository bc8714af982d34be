/** Milliseconds of a duration as Go programs write it: `500ms`, `12s`, `1m30s`, `1h`. `undefined` for other text. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitsMs[unit as Unit], 0)
}

type Unit = 'ms' | 's' | 'm' | 'h'
const unitsMs: Readonly<Record<Unit, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** For people: `75 s`. */
export function inSeconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`
}
