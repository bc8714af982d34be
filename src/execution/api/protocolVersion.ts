import { bigIntToBytes, bytesToBigInt, concatBytes } from '../../base/bytes.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'

/**
 * A version of the OP Stack protocol, as L1's ProtocolVersions contract signals it.
 *
 * @see https://specs.optimism.io/protocol/superchain-upgrades.html#protocol-version-format
 */
export interface ProtocolVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** 0: not a pre-release. */
  readonly preRelease: number
}

/** What the engine implements. The specification has numbered no version after Holocene's. */
export const supportedProtocolVersion: ProtocolVersion = {
  major: 9,
  minor: 0,
  patch: 0,
  preRelease: 0,
}

/** Version type 0: `0 | reserved[7] | build[8] | major u32 | minor u32 | patch u32 | preRelease u32` */
export function encodeProtocolVersion(version: ProtocolVersion): Hash {
  const { major, minor, patch, preRelease } = version
  const numbers = [major, minor, patch, preRelease].map((part) => bigIntToBytes(BigInt(part), 4))
  return bytesToHex(concatBytes(new Uint8Array(16), ...numbers))
}

/** The inverse of {@link encodeProtocolVersion}; `undefined` for another version type. */
export function decodeProtocolVersion(encoded: Hash): ProtocolVersion | undefined {
  const bytes = hexToBytes(encoded)
  if (bytes[0] !== 0) return undefined
  const part = (index: number) =>
    Number(bytesToBigInt(bytes.subarray(16 + 4 * index, 20 + 4 * index)))
  return { major: part(0), minor: part(1), patch: part(2), preRelease: part(3) }
}

/** True when `a` comes after `b`; a pre-release comes before its release. */
export function isNewerVersion(a: ProtocolVersion, b: ProtocolVersion): boolean {
  const rank = ({ major, minor, patch, preRelease }: ProtocolVersion) => [
    major,
    minor,
    patch,
    preRelease === 0 ? Number.POSITIVE_INFINITY : preRelease,
  ]
  const [left, right] = [rank(a), rank(b)]
  const differing = left.findIndex((part, i) => part !== right[i])
  return differing >= 0 && left[differing]! > right[differing]!
}
