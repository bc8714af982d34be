import { promisify } from 'node:util'
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliDecompress,
  createInflate,
  deflate,
  deflateSync,
} from 'node:zlib'
import { concatBytes, emptyBytes } from './bytes.ts'

// The one file of the pure core that touches a module of Node: the same bytes in give the same
// bytes out, whatever the host, and no library in JavaScript comes near its speed.

/** zlib: RFC 1950. brotli: RFC 7932. */
export type Compression = 'zlib' | 'brotli'

/**
 * Decompresses as far as the bytes allow: up to the end of the stream, up to `maxBytes` of output, or
 * up to the first fault, whichever comes first. Never throws; what cannot be read gives no bytes.
 *
 * Output that precedes a fault is kept as far as op-node's streaming decoder has handed it on by then: all
 * of it from zlib, and from brotli what {@link handedOnByBrotli} says. Nodes that keep more, or less, would
 * make other blocks of the same L1.
 * Holds at most `maxBytes` and one chunk (2 MiB), however far the input would expand.
 */
export async function decompress(
  compression: Compression,
  data: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const whole = await decompressPrefix(compression, data, maxBytes)
  if (!whole.isFaulty) return whole.output
  // Node drops the output of the call that met the fault, so the longest sound prefix is sought.
  let sound = 0
  let faulty = data.length
  let output: Uint8Array = emptyBytes
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >>> 1
    const attempt = await decompressPrefix(compression, data.subarray(0, middle), maxBytes)
    if (attempt.isFaulty) {
      faulty = middle
    } else {
      sound = middle
      output = attempt.output
    }
  }
  if (compression === 'zlib') return output
  return output.subarray(0, await handedOnByBrotli(data, sound, maxBytes))
}

/**
 * Bytes of output that a streaming brotli decoder has handed on when it meets a fault behind the first
 * `sound` bytes of `data`. It does so when it is out of input, and whenever its ring buffer is full; what
 * it then still holds is lost.
 */
async function handedOnByBrotli(
  data: Uint8Array,
  sound: number,
  maxBytes: number,
): Promise<number> {
  const portions = Math.floor((sound - firstPortionBytes) / portionBytes)
  const read = portions < 0 ? 0 : firstPortionBytes + portions * portionBytes
  const atPortion = await decompressPrefix('brotli', data.subarray(0, read), maxBytes)
  // Of a full ring buffer we hear all but the last, incomplete, chunk. Its size is a multiple of 1,024, so a
  // chunk below that tells how much it was.
  const unportioned = await decompressPrefix('brotli', data, maxBytes, smallestRingBytes - 1)
  const heard = unportioned.output.length
  const ofRing = heard === 0 ? 0 : (Math.floor(heard / smallestRingBytes) + 1) * smallestRingBytes
  return Math.max(atPortion.output.length, ofRing)
}

/**
 * Compresses in one go.
 *
 * @param level - zlib: 0 to 9; brotli: quality 0 to 11.
 */
export function compress(compression: Compression, data: Uint8Array, level: number): Uint8Array {
  return bytesOf(
    compression === 'zlib'
      ? deflateSync(data, { level })
      : brotliCompressSync(data, brotliOptions(data, level)),
  )
}

/**
 * The same bytes, made by a thread of Node's pool while this one goes on.
 *
 * @param data - Must not change before the promise settles.
 */
export async function compressInThread(
  compression: Compression,
  data: Uint8Array,
  level: number,
): Promise<Uint8Array> {
  return bytesOf(
    compression === 'zlib'
      ? await promisify(deflate)(data, { level })
      : await promisify(brotliCompress)(data, brotliOptions(data, level)),
  )
}

function brotliOptions(data: Uint8Array, level: number): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: level,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  }
}

/** How op-node hands compressed data to its brotli decoder: what its read buffer holds, then larger pieces. */
const firstPortionBytes = 4095
const portionBytes = 32_768
const smallestRingBytes = 1024

const smallestChunkBytes = 64 * 1024
const largestChunkBytes = 2 * 1024 * 1024

interface Decompressed {
  readonly output: Uint8Array
  readonly isFaulty: boolean
}

function decompressPrefix(
  compression: Compression,
  data: Uint8Array,
  maxBytes: number,
  chunkSize = Math.min(Math.max(4 * data.length, smallestChunkBytes), largestChunkBytes),
): Promise<Decompressed> {
  const stream =
    compression === 'zlib'
      ? createInflate({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
      : createBrotliDecompress({ chunkSize, finishFlush: constants.BROTLI_OPERATION_FLUSH })
  const chunks: Uint8Array[] = []
  let size = 0
  return new Promise((resolve) => {
    const finish = (isFaulty: boolean) => {
      stream.destroy()
      const output = chunks.length === 1 ? bytesOf(chunks[0]!) : concatBytes(...chunks)
      resolve({ output: output.subarray(0, maxBytes), isFaulty })
    }
    stream.on('data', (chunk: Uint8Array) => {
      if (size >= maxBytes) return
      chunks.push(chunk)
      size += chunk.length
      if (size >= maxBytes) finish(false)
    })
    stream.on('end', () => finish(false))
    stream.on('error', () => finish(true))
    stream.end(data)
  })
}

/** The same memory without Buffer's methods, whose `slice` and `toString` differ from Uint8Array's. */
function bytesOf(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
