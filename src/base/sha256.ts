import { createSHA256 } from 'hash-wasm'

// One WebAssembly instance for the thread: hashing is synchronous and never re-entered.
const hasher = await createSHA256()

/** SHA-256 as bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  hasher.init()
  hasher.update(data)
  return hasher.digest('binary')
}
