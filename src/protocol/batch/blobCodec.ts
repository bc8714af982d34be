import { DecodeError } from '../../base/errors.ts'

/** Bytes of a blob: 4,096 field elements of 32 bytes. */
export const blobBytes = 131_072
/**
 * Rollup data that fits into one blob: 1,024 rounds of `4 · 31 + 3` bytes, less the version and the
 * length.
 */
export const maxBlobDataBytes = 130_044

const encodingVersion = 0
const fieldElementBytes = 32
const roundBytes = 4 * fieldElementBytes
/** Data that one round of four field elements carries. */
const roundDataBytes = 127
/** Version and length: they take the first bytes of what the first round carries. */
const preambleBytes = 4
const paddedDataBytes = maxBlobDataBytes + preambleBytes

/**
 * Reads the rollup data out of a blob.
 *
 * Four field elements carry 127 bytes: 31 in each, and three more spread over the low six bits of
 * their first bytes. The data begins with a version byte and a 24-bit length.
 *
 * @throws {DecodeError} `BLOB_SIZE`, `BLOB_VERSION`, `BLOB_LENGTH`, `BLOB_FIELD_ELEMENT` (one of the two
 *   highest bits is set), `BLOB_TRAILING` (bytes behind the data are not zero).
 * @see https://specs.optimism.io/protocol/ecotone/derivation.html#blob-encoding
 */
export function decodeBlob(blob: Uint8Array): Uint8Array {
  if (blob.length !== blobBytes) {
    throw new DecodeError('BLOB_SIZE', `a blob has ${blobBytes} bytes, got ${blob.length}`)
  }
  if (blob[1] !== encodingVersion) {
    throw new DecodeError('BLOB_VERSION', `blob encoding ${blob[1]} is unknown, expected 0`)
  }
  const length = (blob[2]! << 16) | (blob[3]! << 8) | blob[4]!
  if (length > maxBlobDataBytes) {
    throw new DecodeError('BLOB_LENGTH', `blob claims ${length} bytes of at most 130044`)
  }
  const carried = new Uint8Array(paddedDataBytes)
  const rounds = Math.max(1, Math.ceil((length + preambleBytes) / roundDataBytes))
  for (let round = 0; round < rounds; round++) {
    readRound(blob, round * roundBytes, carried, round * roundDataBytes)
  }
  const end = preambleBytes + length
  assertZero(carried, end, rounds * roundDataBytes)
  assertZero(blob, rounds * roundBytes, blobBytes)
  return carried.subarray(preambleBytes, end)
}

/**
 * Packs rollup data into a blob: the inverse of {@link decodeBlob}.
 *
 * @throws {DecodeError} `BLOB_DATA_TOO_LONG` over 130,044 bytes.
 */
export function encodeBlob(data: Uint8Array): Uint8Array {
  if (data.length > maxBlobDataBytes) {
    throw new DecodeError(
      'BLOB_DATA_TOO_LONG',
      `${data.length} bytes do not fit into a blob, ${maxBlobDataBytes} do`,
    )
  }
  const carried = new Uint8Array(paddedDataBytes)
  carried[0] = encodingVersion
  carried[1] = data.length >> 16
  carried[2] = data.length >> 8
  carried[3] = data.length
  carried.set(data, preambleBytes)
  const blob = new Uint8Array(blobBytes)
  const rounds = Math.ceil((data.length + preambleBytes) / roundDataBytes)
  for (let round = 0; round < rounds; round++) {
    writeRound(carried, round * roundDataBytes, blob, round * roundBytes)
  }
  return blob
}

// What a round carries: 31 bytes, x, 31 bytes, y, 31 bytes, z, 31 bytes. The bits of x, y and z are
// dealt out to the first bytes of the four field elements, six to each.
function readRound(blob: Uint8Array, at: number, carried: Uint8Array, to: number): void {
  const a = firstByte(blob, at)
  const b = firstByte(blob, at + 32)
  const c = firstByte(blob, at + 64)
  const d = firstByte(blob, at + 96)
  carried.set(blob.subarray(at + 1, at + 32), to)
  carried[to + 31] = (a & 0x3f) | ((b & 0x30) << 2)
  carried.set(blob.subarray(at + 33, at + 64), to + 32)
  carried[to + 63] = (b & 0x0f) | ((d & 0x0f) << 4)
  carried.set(blob.subarray(at + 65, at + 96), to + 64)
  carried[to + 95] = (c & 0x3f) | ((d & 0x30) << 2)
  carried.set(blob.subarray(at + 97, at + 128), to + 96)
}

function writeRound(carried: Uint8Array, at: number, blob: Uint8Array, to: number): void {
  const x = carried[at + 31]!
  const y = carried[at + 63]!
  const z = carried[at + 95]!
  blob[to] = x & 0x3f
  blob.set(carried.subarray(at, at + 31), to + 1)
  blob[to + 32] = (y & 0x0f) | ((x & 0xc0) >> 2)
  blob.set(carried.subarray(at + 32, at + 63), to + 33)
  blob[to + 64] = z & 0x3f
  blob.set(carried.subarray(at + 64, at + 95), to + 65)
  blob[to + 96] = ((z & 0xc0) >> 2) | ((y & 0xf0) >> 4)
  blob.set(carried.subarray(at + 96, at + 127), to + 97)
}

function firstByte(blob: Uint8Array, at: number): number {
  const byte = blob[at]!
  if (byte > 0x3f) {
    throw new DecodeError(
      'BLOB_FIELD_ELEMENT',
      `field element ${at / fieldElementBytes} begins with ${byte}, at most 63 is allowed`,
    )
  }
  return byte
}

function assertZero(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== 0) {
      throw new DecodeError('BLOB_TRAILING', `blob has data behind its end, at byte ${i}`)
    }
  }
}
