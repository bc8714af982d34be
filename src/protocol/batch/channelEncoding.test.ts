import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../base/bytes.ts'
import { rlpEncode } from '../../base/rlp.ts'
import { fc } from '../../testing/seededCheck.ts'
import {
  batchBytesAt,
  channelCompression,
  decompressChannel,
  encodeChannel,
} from './channelEncoding.ts'

const rules = { maxRlpBytes: 10_000, isBrotliAllowed: true }

function batchesOf(channel: Uint8Array): Uint8Array[] {
  const batches: Uint8Array[] = []
  for (let offset = 0; ; ) {
    const entry = batchBytesAt(channel, offset)
    if (entry === undefined) return batches
    batches.push(entry.bytes)
    offset = entry.end
  }
}

describe('the data of a channel', () => {
  test.each(['zlib', 'brotli'] as const)('comes back, by %s', async (compression) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1 }),
        async (list) => {
          const data = encodeChannel(list, compression)
          expect(channelCompression(data)).toBe(compression)
          expect(batchesOf(await decompressChannel(data, rules))).toEqual(list)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('tells zlib by the low half of its first byte', () => {
    for (const first of [0x08, 0x78, 0x0f, 0xff]) {
      expect(channelCompression(Uint8Array.of(first))).toBe('zlib')
    }
  })

  test('is refused when empty or of unknown compression', async () => {
    await expect(decompressChannel(new Uint8Array(0), rules)).rejects.toMatchObject({
      code: 'CHANNEL_EMPTY',
    })
    await expect(decompressChannel(Uint8Array.of(2), rules)).rejects.toMatchObject({
      code: 'CHANNEL_COMPRESSION',
    })
  })

  test('may not be brotli before Fjord', async () => {
    const data = encodeChannel([Uint8Array.of(1)], 'brotli')
    await expect(
      decompressChannel(data, { ...rules, isBrotliAllowed: false }),
    ).rejects.toMatchObject({ code: 'CHANNEL_BROTLI_TOO_EARLY' })
  })

  test('keeps the batches that end within the limit and loses the one cut by it', async () => {
    const batches = [1, 2, 3].map((fill) => new Uint8Array(100).fill(fill))
    const data = encodeChannel(batches, 'zlib')
    const twoBatches = 2 * rlpEncode(batches[0]!).length
    const clipped = await decompressChannel(data, { ...rules, maxRlpBytes: twoBatches + 50 })
    expect(batchBytesAt(clipped, 0)!.bytes).toEqual(batches[0])
    expect(() => batchBytesAt(clipped, twoBatches)).toThrow('ends before its length says')
    const exact = await decompressChannel(data, { ...rules, maxRlpBytes: twoBatches })
    expect(batchesOf(exact)).toEqual(batches.slice(0, 2))
  })

  test('has byte strings only', () => {
    const channel = concatBytes(rlpEncode(Uint8Array.of(1, 2)), rlpEncode([]))
    expect(() => batchBytesAt(channel, 3)).toThrow('an RLP list at byte 3')
  })
})
