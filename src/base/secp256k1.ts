import secp256k1 from 'secp256k1'
import { type Address, bytesToHex } from './hex.ts'
import { keccak256 } from './keccak.ts'

/**
 * The public key, 64 bytes without prefix, that signed a hash.
 *
 * @param hash - 32 bytes.
 * @param signature - r and s, 32 bytes each. A high s is taken: whoever forbids it checks it.
 * @param yParity - 0 or 1.
 * @returns `undefined` when r or s is out of range or no key fits.
 */
export function recoverPublicKey(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
): Uint8Array | undefined {
  try {
    return secp256k1.ecdsaRecover(signature, yParity, hash, false).subarray(1)
  } catch {
    // The library's only report of a signature that fits no key.
    return undefined
  }
}

/** The address whose key signed a hash; parameters and result as {@link recoverPublicKey}. */
export function recoverAddress(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
): Address | undefined {
  const publicKey = recoverPublicKey(hash, signature, yParity)
  return publicKey && bytesToHex(keccak256(publicKey).subarray(12))
}

/** What {@link signHash} gives: r and s, 32 bytes each with a low s, and which of the two keys fits. */
export interface Signature {
  readonly rs: Uint8Array
  /** 0 or 1. */
  readonly yParity: number
}

/**
 * Signs a hash. The same key and hash always give the same signature (RFC 6979).
 *
 * @param hash - 32 bytes.
 * @param privateKey - 32 bytes, see {@link isPrivateKey}.
 */
export function signHash(hash: Uint8Array, privateKey: Uint8Array): Signature {
  const { signature, recid } = secp256k1.ecdsaSign(hash, privateKey)
  return { rs: signature, yParity: recid }
}

/** The address that a private key signs for. */
export function privateKeyToAddress(privateKey: Uint8Array): Address {
  const publicKey = secp256k1.publicKeyCreate(privateKey, false).subarray(1)
  return bytesToHex(keccak256(publicKey).subarray(12))
}

/** Whether bytes can be a private key: 32 of them, neither zero nor beyond the curve's order. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && secp256k1.privateKeyVerify(bytes)
}

/** True where s is in the lower half of the curve's order, as EIP-2 wants it. */
export function hasLowS(signature: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = signature[32 + i]! - halfOrder[i]!
    if (difference !== 0) return difference < 0
  }
  return true
}

const halfOrder = new Uint8Array(32)
halfOrder.set([0x7f], 0)
halfOrder.fill(0xff, 1, 16)
halfOrder.set(
  [0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0],
  16,
)
