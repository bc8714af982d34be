import type { Pause } from './pausePoints.ts'

// A millisecond or two.
const roundsPerPause = 1_000

/**
 * BLAKE2b's compression function F, with as many rounds as the input says: up to 2³² − 1, which take hours.
 *
 * @param input - 213 bytes: `rounds u32 big-endian | h[64] | m[128] | t[16] | f u8`, f 0 or 1.
 * @param pause - Asked after every thousand rounds.
 * @returns the new h, 64 bytes.
 * @see https://eips.ethereum.org/EIPS/eip-152
 * @see https://www.rfc-editor.org/rfc/rfc7693#section-3.2
 */
export async function blake2Compress(input: Uint8Array, pause: Pause): Promise<Uint8Array> {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const words = (from: number, count: number) =>
    Uint32Array.from({ length: count }, (_, i) => view.getUint32(from + 4 * i, true))
  const rounds = view.getUint32(0)
  const [h, m, t] = [words(4, 16), words(68, 32), words(196, 4)]
  const v = new Uint32Array(32)
  v.set(h)
  v.set(initialVector, 16)
  for (let i = 0; i < 4; i++) v[24 + i]! ^= t[i]!
  if (input[212] === 1) {
    v[28] = ~v[28]!
    v[29] = ~v[29]!
  }
  for (let round = 0; round < rounds; round++) {
    mixAll(v, m, schedule[round % schedule.length]!)
    if (round % roundsPerPause === roundsPerPause - 1) await pause()
  }
  const output = new Uint8Array(64)
  const out = new DataView(output.buffer)
  for (let i = 0; i < 16; i++) out.setUint32(4 * i, h[i]! ^ v[i]! ^ v[16 + i]!, true)
  return output
}

// Words of 64 bits are two of 32, the lower one first.

/** The fractional parts of the square roots of the first eight primes. */
const initialVector = Uint32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1],
  ...[0xa54ff53a, 0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab],
  ...[0x137e2179, 0x5be0cd19],
)

/** Which word of the message each half of a step takes, by round: a hexadecimal digit each. */
const schedule = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map((row) => Uint8Array.from(row, (digit) => 2 * Number.parseInt(digit, 16)))

function mixAll(v: Uint32Array, m: Uint32Array, s: Uint8Array): void {
  mix(v, m, 0, 8, 16, 24, s[0]!, s[1]!)
  mix(v, m, 2, 10, 18, 26, s[2]!, s[3]!)
  mix(v, m, 4, 12, 20, 28, s[4]!, s[5]!)
  mix(v, m, 6, 14, 22, 30, s[6]!, s[7]!)
  mix(v, m, 0, 10, 20, 30, s[8]!, s[9]!)
  mix(v, m, 2, 12, 22, 24, s[10]!, s[11]!)
  mix(v, m, 4, 14, 16, 26, s[12]!, s[13]!)
  mix(v, m, 6, 8, 18, 28, s[14]!, s[15]!)
}

/** G: mixes two words of the message into a column or diagonal. All are indices of lower halves. */
function mix(
  v: Uint32Array,
  m: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  x: number,
  y: number,
): void {
  add(v, a, v[b]! + m[x]!, v[b + 1]! + m[x + 1]!)
  let low = v[d]! ^ v[a]!
  let high = v[d + 1]! ^ v[a + 1]!
  // Rotated right by 32.
  v[d] = high
  v[d + 1] = low
  add(v, c, v[d]!, v[d + 1]!)
  low = v[b]! ^ v[c]!
  high = v[b + 1]! ^ v[c + 1]!
  // By 24.
  v[b] = (low >>> 24) | (high << 8)
  v[b + 1] = (high >>> 24) | (low << 8)
  add(v, a, v[b]! + m[y]!, v[b + 1]! + m[y + 1]!)
  low = v[d]! ^ v[a]!
  high = v[d + 1]! ^ v[a + 1]!
  // By 16.
  v[d] = (low >>> 16) | (high << 16)
  v[d + 1] = (high >>> 16) | (low << 16)
  add(v, c, v[d]!, v[d + 1]!)
  low = v[b]! ^ v[c]!
  high = v[b + 1]! ^ v[c + 1]!
  // By 63.
  v[b] = (low << 1) | (high >>> 31)
  v[b + 1] = (high << 1) | (low >>> 31)
}

/** Adds a word whose halves may have overflowed already. The array cuts off what is above 32 bits. */
function add(v: Uint32Array, a: number, low: number, high: number): void {
  const sum = v[a]! + low
  v[a] = sum
  v[a + 1] = v[a + 1]! + high + Math.floor(sum / 0x1_0000_0000)
}
