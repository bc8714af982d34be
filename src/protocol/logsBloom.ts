import { type Address, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'

/** What of a log can be looked for without reading the receipts. */
export interface BloomedLog {
  readonly address: Address
  readonly topics: readonly Hash[]
}

/** The 256-byte bloom filter over addresses and topics of logs. */
export function logsBloom(logs: readonly BloomedLog[]): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const log of logs) {
    addToBloom(bloom, log.address)
    for (const topic of log.topics) addToBloom(bloom, topic)
  }
  return bloom
}

/** Marks in `bloom` all that `other` has marked. */
export function mergeBloom(bloom: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < bloom.length; i++) bloom[i]! |= other[i]!
}

/** False when no log behind the bloom has that address or topic; true when one may have it. */
export function bloomMayContain(bloom: Uint8Array, value: Address | Hash): boolean {
  return bitsOf(value).every((bit) => (bloom[byteOf(bit)]! & (1 << (bit & 7))) !== 0)
}

function addToBloom(bloom: Uint8Array, value: Address | Hash): void {
  for (const bit of bitsOf(value)) bloom[byteOf(bit)]! |= 1 << (bit & 7)
}

/** Three bits of 2048, from the first three 16-bit words of the value's hash. */
function bitsOf(value: Address | Hash): readonly number[] {
  const hash = keccak256(hexToBytes(value))
  return [0, 2, 4].map((at) => ((hash[at]! << 8) | hash[at + 1]!) & 0x7ff)
}

/** Bit 0 is the lowest of the last byte. */
function byteOf(bit: number): number {
  return 255 - (bit >> 3)
}
