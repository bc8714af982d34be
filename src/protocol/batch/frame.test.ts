import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { bytesToHex, type Hex } from '../../base/hex.ts'
import { fc } from '../../testing/seededCheck.ts'
import { decodeFrames, encodeFrames, type Frame } from './frame.ts'

const channelId = `0x${'ab'.repeat(16)}` as Hex
const frame: Frame = { channelId, number: 258, data: Uint8Array.of(1, 2, 3), isLast: true }

const anyFrame: fc.Arbitrary<Frame> = fc.record({
  channelId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytesToHex),
  number: fc.integer({ min: 0, max: 0xffff }),
  data: fc.uint8Array({ maxLength: 300 }),
  isLast: fc.boolean(),
})

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
  return 'accepted'
}

describe('frames', () => {
  test('have the layout of the specification', () => {
    expect(bytesToHex(encodeFrames([frame]))).toBe(
      `0x00${'ab'.repeat(16)}0102${'00000003'}01020301`,
    )
  })

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 5 }), (frames) => {
        expect(decodeFrames(encodeFrames(frames))).toEqual(frames)
      }),
    )
  })

  test('fail together when the data is cut at any byte inside a frame', () => {
    const data = encodeFrames([frame, { ...frame, number: 259, data: new Uint8Array(0) }])
    const boundary = encodeFrames([frame]).length
    for (let length = 2; length < data.length; length++) {
      const outcome = codeOf(() => decodeFrames(data.subarray(0, length)))
      expect(outcome).toBe(length === boundary ? 'accepted' : 'FRAME_SHORT')
    }
  })

  test('are refused with a code that names the rule', () => {
    const data = encodeFrames([frame])
    const longer = data.slice()
    new DataView(longer.buffer).setUint32(19, 1_000_001)
    expect(codeOf(() => decodeFrames(new Uint8Array(0)))).toBe('FRAME_NONE')
    expect(codeOf(() => decodeFrames(Uint8Array.of(0)))).toBe('FRAME_NONE')
    expect(codeOf(() => decodeFrames(Uint8Array.of(1, ...data.subarray(1))))).toBe('FRAME_VERSION')
    expect(codeOf(() => decodeFrames(longer))).toBe('FRAME_TOO_LONG')
    expect(codeOf(() => decodeFrames(Uint8Array.of(...data.subarray(0, -1), 2)))).toBe(
      'FRAME_IS_LAST',
    )
    expect(codeOf(() => decodeFrames(concatBytes(data, Uint8Array.of(0))))).toBe('FRAME_SHORT')
  })

  test('decode any bytes or throw a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        codeOf(() => decodeFrames(concatBytes(Uint8Array.of(0), bytes)))
      }),
    )
  })
})
