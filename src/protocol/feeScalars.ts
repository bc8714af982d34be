import { bytesToBigInt } from '../base/bytes.ts'
import { type Hash, hexToBytes } from '../base/hex.ts'

/** Shares of the two L1 fees in the L1 fee of an L2 transaction, from Ecotone. Each fits into 32 bits. */
export interface FeeScalars {
  readonly baseFeeScalar: number
  readonly blobBaseFeeScalar: number
}

/**
 * Reads the scalar of the SystemConfig as Ecotone understands it; `undefined` when it breaks the format, so that
 * an update to it must be ignored.
 *
 * Version 0: `0 | 27 zero bytes | baseFeeScalar u32`. Version 1: `1 | 23 zero bytes | blobBaseFeeScalar u32 |
 * baseFeeScalar u32`.
 *
 * @see https://specs.optimism.io/protocol/system-config.html#post-ecotone-scalar-encoding
 */
export function decodeFeeScalars(scalar: Hash): FeeScalars | undefined {
  const bytes = hexToBytes(scalar)
  const version = bytes[0]
  if (version === undefined || version > 1) return undefined
  const paddingEnd = version === 0 ? 28 : 24
  if (bytes.subarray(1, paddingEnd).some((byte) => byte !== 0)) return undefined
  return {
    baseFeeScalar: Number(bytesToBigInt(bytes.subarray(28))),
    blobBaseFeeScalar: version === 0 ? 0 : Number(bytesToBigInt(bytes.subarray(24, 28))),
  }
}

/**
 * The scalars that go into the L1-attributes transaction.
 *
 * A chain may carry a number from before Ecotone that does not fit into version 0; the specification then wants
 * the largest scalar. `undefined` for a version-1 value that breaks the format, or an unknown version.
 */
export function effectiveFeeScalars(scalar: Hash): FeeScalars | undefined {
  if (hexToBytes(scalar)[0] !== 0) return decodeFeeScalars(scalar)
  return decodeFeeScalars(scalar) ?? { baseFeeScalar: 0xffff_ffff, blobBaseFeeScalar: 0 }
}

/** The version-1 form of the scalars. */
export function encodeFeeScalars(scalars: FeeScalars): Hash {
  const word = (value: number) => value.toString(16).padStart(8, '0')
  return `0x01${'00'.repeat(23)}${word(scalars.blobBaseFeeScalar)}${word(scalars.baseFeeScalar)}`
}
