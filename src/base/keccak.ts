import { createKeccak } from 'hash-wasm'
import { bytesToHex, type Hash } from './hex.ts'

// One WebAssembly instance for the thread: hashing is synchronous and never re-entered.
const hasher = await createKeccak(256)

/** keccak256 as bytes. */
export function keccak256(data: Uint8Array): Uint8Array {
  hasher.init()
  hasher.update(data)
  return hasher.digest('binary')
}

/** keccak256 as lower-case hex. */
export function keccak256Hex(data: Uint8Array): Hash {
  return bytesToHex(keccak256(data))
}
