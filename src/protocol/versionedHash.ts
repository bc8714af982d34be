import { bytesToHex, type Hash } from '../base/hex.ts'
import { sha256 } from '../base/sha256.ts'

/**
 * How transactions name a blob: `0x01 || sha256(commitment)[1:]`.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4844#helpers
 */
export function versionedHash(commitment: Uint8Array): Hash {
  const hash = sha256(commitment)
  hash[0] = 1
  return bytesToHex(hash)
}
