/**
 * The candidate that a typing mistake separates from `text`; `undefined` when nothing is near.
 *
 * Near is an edit distance of at most a third of the text, and of at least one.
 */
export function closestText(text: string, candidates: readonly string[]): string | undefined {
  let closest: string | undefined
  let least = Math.max(1, Math.floor(text.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(text, candidate)
    if (distance < least) [closest, least] = [candidate, distance]
  }
  return closest
}

/** Characters that must be inserted, removed or replaced to make one text of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
