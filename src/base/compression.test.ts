import { describe, expect, test } from 'vitest'
import { fc } from '../testing/seededCheck.ts'
import { type Compression, compress, compressInThread, decompress } from './compression.ts'

const kinds: readonly Compression[] = ['zlib', 'brotli']
const sentence = new TextEncoder().encode('All blocks of a span follow each other. '.repeat(5_000))

describe.each(kinds)('%s', (kind) => {
  test('gives back what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (data) => {
        expect(await decompress(kind, compress(kind, data, 5), 10_000)).toEqual(data)
      }),
      { numRuns: 30 },
    )
  })

  test('gives the same bytes on a thread of its own', async () => {
    for (const level of kind === 'zlib' ? [0, 9] : [9, 10, 11]) {
      expect(await compressInThread(kind, sentence, level)).toEqual(compress(kind, sentence, level))
    }
  })

  test('clips the output at the limit, to the byte', async () => {
    const packed = compress(kind, sentence, 9)
    for (const limit of [0, 1, 65_535, 65_536, 65_537, sentence.length]) {
      expect(await decompress(kind, packed, limit)).toEqual(sentence.subarray(0, limit))
    }
  })

  test('keeps what precedes the end of a stream that was cut short', async () => {
    const packed = compress(kind, sentence, 9)
    const output = await decompress(kind, packed.subarray(0, packed.length >> 1), 1_000_000)
    expect(output).toEqual(sentence.subarray(0, output.length))
  })

  test('ignores what follows the stream', async () => {
    const packed = compress(kind, sentence, 9)
    expect(await decompress(kind, Uint8Array.of(...packed, 1, 2, 3), 1_000_000)).toEqual(sentence)
  })

  test('gives nothing for bytes that are no stream', async () => {
    for (const bytes of [[], [0xff, 0xff, 0xff], [0x78, 0xff]]) {
      expect(await decompress(kind, Uint8Array.from(bytes), 100)).toHaveLength(0)
    }
  })

  test('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (data) => {
        expect((await decompress(kind, data, 1_000)).length).toBeLessThanOrEqual(1_000)
      }),
      { numRuns: 50 },
    )
  })

  test('holds little more than the limit when a small stream would expand a thousandfold', async () => {
    const bomb = compress(kind, new Uint8Array(256 * 1024 * 1024), kind === 'zlib' ? 9 : 1)
    const before = process.memoryUsage.rss()
    expect(await decompress(kind, bomb, 10_000_000)).toHaveLength(10_000_000)
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('a fault in the middle', () => {
  test('keeps what zlib had decoded before it', async () => {
    // Stored blocks: the fault is the checksum at the very end, behind all of the data.
    const packed = compress('zlib', sentence, 0)
    packed[packed.length - 1]! ^= 1
    expect(await decompress('zlib', packed, 1_000_000)).toEqual(sentence)
  })

  test('loses what brotli had not handed on: all of a stream that comes in one piece', async () => {
    expect(await decompress('brotli', faultyBrotli(16, 2_000), 1_000_000)).toHaveLength(0)
  })

  test('keeps what brotli made of the pieces before the one with the fault', async () => {
    // The first piece is 4,095 bytes, three of them header.
    const output = await decompress('brotli', faultyBrotli(16, 10_000), 1_000_000)
    expect(output).toEqual(new Uint8Array(4_092).fill(7))
    // The second one ends at byte 36,863.
    const longer = await decompress('brotli', faultyBrotli(16, 50_000), 1_000_000)
    expect(longer).toHaveLength(36_860)
  })

  test('keeps what brotli hands on whenever its window is full', async () => {
    const output = await decompress('brotli', faultyBrotli(10, 3_000), 1_000_000)
    expect(output).toEqual(new Uint8Array(2_048).fill(7))
  })
})

/** A brotli stream with so many plain bytes, all 7, and then a block whose header is invalid. */
function faultyBrotli(windowBits: 10 | 16, size: number): Uint8Array {
  // Bits go from the lowest up: window, then "not last", four nibbles of length less 1, "not compressed".
  const [window, windowLength] = windowBits === 16 ? [0, 1] : [0x21, 7]
  const bits = window + ((size - 1) << (windowLength + 3)) + 2 ** (windowLength + 19)
  const header = Array.from({ length: Math.ceil((windowLength + 20) / 8) }, (_, index) =>
    Math.floor(bits / 256 ** index),
  )
  const reservedBit = 0x0e
  return Uint8Array.from([...header, ...new Uint8Array(size).fill(7), reservedBit])
}
