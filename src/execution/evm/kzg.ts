import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToBigInt } from '../../base/bytes.ts'
import { hexToBytes } from '../../base/hex.ts'

/**
 * Checks a KZG proof that the polynomial behind `commitment` has the value `y` at `z` (EIP-4844).
 *
 * Holds when `e(commitment − [y]G1, −G2) · e(proof, [τ − z]G2) = 1`. Of the trusted setup only `[τ]G2` is needed.
 *
 * @param commitment, proof - Compressed G1 points, hex.
 * @param z, y - Field elements, 32 bytes of hex, big-endian.
 * @throws {Error} naming `C_KZG_BADARGS` on a point off the curve or subgroup, or a scalar out of range.
 * @see https://github.com/ethereum/consensus-specs/blob/master/specs/deneb/polynomial-commitments.md#verify_kzg_proof
 */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const { G1, G2 } = bls12_381
  const commitmentPoint = decodeG1(commitment)
  const proofPoint = decodeG1(proof)
  const value = G1.Point.BASE.multiplyUnsafe(decodeScalar(y))
  const shift = G2.Point.BASE.multiplyUnsafe(decodeScalar(z))
  const tau = G2.Point.fromBytes(hexToBytes(tauG2))
  const pairs = [
    { g1: commitmentPoint.subtract(value), g2: G2.Point.BASE.negate() },
    { g1: proofPoint, g2: tau.subtract(shift) },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
  if (pairs.length === 0) return true
  const { Fp12 } = bls12_381.fields
  return Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE)
}

/** `[τ]G2` of Ethereum's KZG ceremony. */
const tauG2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

function decodeG1(hex: string) {
  try {
    const point = bls12_381.G1.Point.fromBytes(hexToBytes(hex))
    if (!point.is0()) point.assertValidity()
    return point
  } catch (cause) {
    throw new Error('C_KZG_BADARGS: not a point of the subgroup', { cause })
  }
}

function decodeScalar(hex: string): bigint {
  const scalar = bytesToBigInt(hexToBytes(hex))
  if (scalar >= bls12_381.fields.Fr.ORDER) throw new Error('C_KZG_BADARGS: scalar out of range')
  return scalar
}
