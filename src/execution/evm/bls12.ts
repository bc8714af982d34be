import { type EVMBLSInterface, MCLBLS } from '@ethereumjs/evm'
import type mclTypes from 'mcl-wasm'
import { concatBytes } from '../../base/bytes.ts'
import { mcl } from './mcl.ts'
import type { Pause } from './pausePoints.ts'

/** What the precompiles of EIP-2537 ask for, by the names of the EVM library. */
export type BlsOperation = Exclude<keyof EVMBLSInterface, 'init'>

/** @returns `undefined` when a number is not in its field, or a point not in its group. */
export type RunBls = (
  input: Uint8Array,
  pause: Pause,
) => Promise<Uint8Array | undefined> | Uint8Array | undefined

const library = new MCLBLS(mcl)
library.init()

/**
 * The operations on BLS12-381 of EIP-2537, with a pause after each millisecond or two.
 *
 * @see https://eips.ethereum.org/EIPS/eip-2537
 */
export const bls12: Readonly<Record<BlsOperation, RunBls>> = {
  addG1: (input) => tryLibrary(() => library.addG1(input)),
  addG2: (input) => tryLibrary(() => library.addG2(input)),
  mapFPtoG1: (input) => tryLibrary(() => library.mapFPtoG1(input)),
  mapFP2toG2: (input) => tryLibrary(() => library.mapFP2toG2(input)),
  msmG1: (input, pause) =>
    sumOfParts(input, 4 * (g1Bytes + scalarBytes), library.msmG1, library.addG1, pause),
  msmG2: (input, pause) =>
    sumOfParts(input, 2 * (g2Bytes + scalarBytes), library.msmG2, library.addG2, pause),
  pairingCheck: checkPairing,
}

const fieldElementBytes = 64
// Of those; the others are zero.
const modulusBytes = 48
const g1Bytes = 2 * fieldElementBytes
const g2Bytes = 4 * fieldElementBytes
const scalarBytes = 32

type LibraryCall = (input: Uint8Array) => Uint8Array

/** A multi-scalar multiplication, some pairs at a time. */
async function sumOfParts(
  input: Uint8Array,
  partBytes: number,
  multiply: LibraryCall,
  add: LibraryCall,
  pause: Pause,
): Promise<Uint8Array | undefined> {
  let sum: Uint8Array | undefined
  for (let start = 0; start < input.length; start += partBytes) {
    const before = sum
    sum = tryLibrary(() => {
      const part = multiply.call(library, input.subarray(start, start + partBytes))
      return before === undefined ? part : add.call(library, concatBytes(before, part))
    })
    if (sum === undefined) return undefined
    await pause()
  }
  return sum
}

/** @returns 1 or 0 as a word. */
async function checkPairing(input: Uint8Array, pause: Pause): Promise<Uint8Array | undefined> {
  const pairBytes = g1Bytes + g2Bytes
  let product = new mcl.GT()
  product.setInt(1)
  for (let start = 0; start < input.length; start += pairBytes) {
    const g1 = decodePoint(input.subarray(start, start + g1Bytes), pointOf1)
    const g2 = decodePoint(input.subarray(start + g1Bytes, start + pairBytes), pointOf2)
    if (g1 === undefined || g2 === undefined) return undefined
    // At infinity the pairing is one.
    if (!g1.isZero() && !g2.isZero()) product = mcl.mul(product, mcl.millerLoop(g1, g2))
    await pause()
  }
  const word = new Uint8Array(32)
  if (mcl.finalExp(product).isOne()) word[31] = 1
  return word
}

/** @param make - Makes a point of its coordinates, and the point at infinity of none. */
function decodePoint<Point extends mclTypes.G1 | mclTypes.G2>(
  bytes: Uint8Array,
  make: (coordinates: readonly mclTypes.Fp[]) => Point,
): Point | undefined {
  if (bytes.every((byte) => byte === 0)) return make([])
  const coordinates: mclTypes.Fp[] = []
  for (let end = fieldElementBytes; end <= bytes.length; end += fieldElementBytes) {
    const coordinate = tryLibrary(() => fieldElement(bytes.subarray(end - modulusBytes, end)))
    if (coordinate === undefined) return undefined
    coordinates.push(coordinate)
  }
  const point = make(coordinates)
  return point.isValid() && point.isValidOrder() ? point : undefined
}

function pointOf1([x, y]: readonly mclTypes.Fp[]): mclTypes.G1 {
  const point = new mcl.G1()
  if (x === undefined || y === undefined) return point
  point.setX(x)
  point.setY(y)
  point.setZ(fieldOne())
  return point
}

function pointOf2([x0, x1, y0, y1]: readonly mclTypes.Fp[]): mclTypes.G2 {
  const point = new mcl.G2()
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return point
  point.setX(fieldPair(x0, x1))
  point.setY(fieldPair(y0, y1))
  point.setZ(fieldPair(fieldOne(), new mcl.Fp()))
  return point
}

function fieldElement(bytes: Uint8Array): mclTypes.Fp {
  const element = new mcl.Fp()
  element.deserialize(bytes)
  return element
}

function fieldOne(): mclTypes.Fp {
  const one = new mcl.Fp()
  one.setInt(1)
  return one
}

function fieldPair(a: mclTypes.Fp, b: mclTypes.Fp): mclTypes.Fp2 {
  const pair = new mcl.Fp2()
  pair.set_a(a)
  pair.set_b(b)
  return pair
}

function tryLibrary<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    // The libraries' only report of a number or point that is none.
    return undefined
  }
}
