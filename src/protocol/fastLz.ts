/**
 * Length of `data` after FastLZ compression, level 1: the OP Stack's estimate of what a transaction costs in data.
 *
 * Counts what the compressor would write, and writes nothing. 0 for no data.
 *
 * @see https://specs.optimism.io/protocol/fjord/exec-engine.html#fastlz-implementation
 * @see https://github.com/ariya/FastLZ/blob/344eb4025f9ae866ebf7a2ec48850f7113a97a42/fastlz.c#L482-L506
 */
export function fastLzLength(data: Uint8Array): number {
  const limit = data.length < 13 ? 0 : data.length - 13
  lastSeen.fill(0)
  let length = 0
  let literalStart = 0
  let at = 2
  while (at < limit) {
    let candidate = 0
    let distance = 0
    let sequence = 0
    do {
      sequence = threeBytes(data, at)
      const slot = slotOf(sequence)
      candidate = lastSeen[slot]!
      lastSeen[slot] = at
      distance = at - candidate
      at++
    } while (at < limit && !(distance < maxDistance && sequence === threeBytes(data, candidate)))
    if (at >= limit) break
    at--
    if (at > literalStart) length += literalsLength(at - literalStart)
    const matched = matchLength(data, candidate + 3, at + 3, limit + 9)
    length += matchCodeLength(matched)
    at += matched
    lastSeen[slotOf(threeBytes(data, at))] = at++
    lastSeen[slotOf(threeBytes(data, at))] = at++
    literalStart = at
  }
  return length + literalsLength(data.length - literalStart)
}

const tableSize = 8192
// Scratch space of one call, which is never re-entered: a table of its own would cost each call more than its work.
const lastSeen = new Uint32Array(tableSize)
const maxDistance = 8192

function threeBytes(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16)
}

function slotOf(sequence: number): number {
  return (Math.imul(sequence, 0x9e3779b9) >>> 19) & (tableSize - 1)
}

/** Literals are written in runs of at most 32, each behind one byte. */
function literalsLength(count: number): number {
  const rest = count % 32
  return 33 * Math.floor(count / 32) + (rest === 0 ? 0 : rest + 1)
}

/** Two or three bytes for each 262 that repeat. */
function matchCodeLength(matched: number): number {
  const rest = matched - 1
  return 3 * Math.floor(rest / 262) + (rest % 262 >= 6 ? 3 : 2)
}

/** Bytes that are equal from both places on, the first that differs included. */
function matchLength(data: Uint8Array, from: number, at: number, limit: number): number {
  let length = 0
  while (at + length < limit) {
    length++
    if (data[from + length - 1] !== data[at + length - 1]) break
  }
  return length
}
