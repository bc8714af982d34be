import type mclTypes from 'mcl-wasm'
import { hexToBytes } from '../../base/hex.ts'
import { mcl } from './mcl.ts'

/**
 * Checks a KZG proof that the polynomial behind `commitment` has the value `y` at `z` (EIP-4844).
 *
 * Holds when `e(commitment − [y]G1 + [z]proof, −G2) · e(proof, [τ]G2) = 1`. Of the trusted setup only `[τ]G2` is needed.
 *
 * @param commitment, proof - Compressed G1 points.
 * @param z, y - Field elements, 32 bytes, big-endian.
 * @returns `undefined` when a point is off the curve or subgroup, or a number out of range.
 * @see https://github.com/ethereum/consensus-specs/blob/master/specs/deneb/polynomial-commitments.md#verify_kzg_proof
 */
export function isKzgProof(
  commitment: Uint8Array,
  z: Uint8Array,
  y: Uint8Array,
  proof: Uint8Array,
): boolean | undefined {
  const committed = decode(new mcl.G1(), commitment)
  const proven = decode(new mcl.G1(), proof)
  const point = decode(new mcl.Fr(), z)
  const value = decode(new mcl.Fr(), y)
  if (!committed?.isValidOrder() || !proven?.isValidOrder() || !point || !value) return undefined
  const claim = mcl.sub(mcl.add(committed, mcl.mul(proven, point)), mcl.mul(g1, value))
  const product = mcl.mul(mcl.millerLoop(claim, minusG2), mcl.millerLoop(proven, tauG2))
  return mcl.finalExp(product).isOne()
}

function decode<T extends mclTypes.G1 | mclTypes.G2 | mclTypes.Fr>(
  into: T,
  bytes: Uint8Array,
): T | undefined {
  try {
    into.deserialize(bytes)
    return into
  } catch {
    // The library's only report of bytes that are none.
    return undefined
  }
}

const g1 = decode(
  new mcl.G1(),
  hexToBytes(
    '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  ),
)!
const minusG2 = mcl.neg(
  decode(
    new mcl.G2(),
    hexToBytes(
      '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
    ),
  )!,
)
/** `[τ]G2` of Ethereum's KZG ceremony. */
const tauG2 = decode(
  new mcl.G2(),
  hexToBytes(
    '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2',
  ),
)!
