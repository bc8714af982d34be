import { bn254 } from '@noble/curves/bn254.js'
import { bytesToBigInt } from '../../base/bytes.ts'
import type { Pause } from './pausePoints.ts'

export const bn254PairBytes = 192

/**
 * Whether the product of the pairings of points is one. `undefined` when a number is not below the modulus, or a point
 * not in its group.
 *
 * @param input - Pairs, {@link bn254PairBytes} each: a point of G1 (`x | y`), and one of G2 (`x.c1 | x.c0 | y.c1 | y.c0`),
 * each number 32 bytes. All zeros are the point at infinity.
 * @param pause - Asked after every pair: one takes some ten milliseconds.
 * @see https://eips.ethereum.org/EIPS/eip-197
 */
export async function isBn254PairingOne(
  input: Uint8Array,
  pause: Pause,
): Promise<boolean | undefined> {
  const { Fp12 } = bn254.fields
  let product = Fp12.ONE
  for (let start = 0; start < input.length; start += bn254PairBytes) {
    const pair = pairAt(input, start)
    if (pair === undefined) return undefined
    const { g1, g2 } = pair
    if (!g1.is0() && !g2.is0()) {
      product = Fp12.mul(product, bn254.pairingBatch([pair], false))
    }
    await pause()
  }
  return Fp12.eql(Fp12.finalExponentiate(product), Fp12.ONE)
}

function pairAt(input: Uint8Array, start: number) {
  const numbers = Array.from({ length: 6 }, (_, i) => {
    const from = start + 32 * i
    return bytesToBigInt(input.subarray(from, from + 32))
  })
  if (numbers.some((number) => number >= bn254.fields.Fp.ORDER)) return undefined
  try {
    return { g1: pointOf1(numbers), g2: pointOf2(numbers) }
  } catch {
    // The library's only report of a point that is not in its group.
    return undefined
  }
}

function pointOf1([x, y]: readonly bigint[]) {
  const { Point } = bn254.G1
  if (x === 0n && y === 0n) return Point.ZERO
  const point = Point.fromAffine({ x: x!, y: y! })
  point.assertValidity()
  return point
}

function pointOf2(numbers: readonly bigint[]) {
  const { Point } = bn254.G2
  const [xc1, xc0, yc1, yc0] = numbers.slice(2) as [bigint, bigint, bigint, bigint]
  if ((xc1 | xc0 | yc1 | yc0) === 0n) return Point.ZERO
  const point = Point.fromAffine({ x: { c0: xc0, c1: xc1 }, y: { c0: yc0, c1: yc1 } })
  point.assertValidity()
  return point
}
