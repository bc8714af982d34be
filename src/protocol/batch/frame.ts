import { DecodeError } from '../../base/errors.ts'
import { bytesToHex, type Hex, hexToBytes } from '../../base/hex.ts'

/**
 * A piece of a channel, as one batcher transaction or blob carries it.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#frame-format
 */
export interface Frame {
  /** 16 bytes, chosen by the batcher. */
  readonly channelId: Hex
  /** Position in the channel, from 0; a u16. */
  readonly number: number
  /** When decoded, a view into the bytes it was read from. */
  readonly data: Uint8Array
  readonly isLast: boolean
}

/** First byte of batcher data that holds frames. */
export const frameVersion = 0
/** Bytes of a frame beside its data: `channelId[16] | number u16 | dataLength u32 | … | isLast u8`. */
export const frameOverheadBytes = 23
/** The most data that one frame may claim. */
export const maxFrameDataBytes = 1_000_000

const channelIdBytes = 16

/**
 * Decodes the data of one batcher transaction or blob: a version byte and one or more frames.
 *
 * One bad frame makes all frames of the data invalid, as the specification wants it.
 *
 * @throws {DecodeError} `FRAME_VERSION`, `FRAME_NONE`, `FRAME_SHORT`, `FRAME_TOO_LONG` (over
 *   1,000,000 data bytes), `FRAME_IS_LAST` (neither 0 nor 1).
 */
export function decodeFrames(data: Uint8Array): Frame[] {
  if (data.length === 0) throw new DecodeError('FRAME_NONE', 'batcher data is empty')
  if (data[0] !== frameVersion) {
    throw new DecodeError('FRAME_VERSION', `batcher data has version ${data[0]}, frames have 0`)
  }
  if (data.length === 1) throw new DecodeError('FRAME_NONE', 'batcher data holds no frame')
  const frames: Frame[] = []
  for (let offset = 1; offset < data.length; ) {
    const frame = decodeFrameAt(data, offset)
    frames.push(frame)
    offset += frameOverheadBytes + frame.data.length
  }
  return frames
}

/** Encodes frames as the data of one batcher transaction: the inverse of {@link decodeFrames}. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array {
  let length = 1
  for (const frame of frames) length += frameOverheadBytes + frame.data.length
  const out = new Uint8Array(length)
  out[0] = frameVersion
  let offset = 1
  for (const frame of frames) offset = writeFrame(frame, out, offset)
  return out
}

function decodeFrameAt(bytes: Uint8Array, offset: number): Frame {
  if (offset + frameOverheadBytes > bytes.length) throw short(offset)
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset)
  const dataLength = view.getUint32(channelIdBytes + 2)
  if (dataLength > maxFrameDataBytes) {
    throw new DecodeError(
      'FRAME_TOO_LONG',
      `frame at byte ${offset} claims ${dataLength} data bytes, ${maxFrameDataBytes} are allowed`,
    )
  }
  const start = offset + frameOverheadBytes - 1
  const end = start + dataLength
  if (end >= bytes.length) throw short(offset)
  const lastFlag = bytes[end]!
  if (lastFlag > 1) {
    throw new DecodeError(
      'FRAME_IS_LAST',
      `frame at byte ${offset} ends with ${lastFlag}, expected 0 or 1`,
    )
  }
  return {
    channelId: bytesToHex(bytes.subarray(offset, offset + channelIdBytes)),
    number: view.getUint16(channelIdBytes),
    data: bytes.subarray(start, end),
    isLast: lastFlag === 1,
  }
}

function writeFrame(frame: Frame, out: Uint8Array, offset: number): number {
  const view = new DataView(out.buffer, out.byteOffset + offset)
  out.set(hexToBytes(frame.channelId), offset)
  view.setUint16(channelIdBytes, frame.number)
  view.setUint32(channelIdBytes + 2, frame.data.length)
  const start = offset + frameOverheadBytes - 1
  out.set(frame.data, start)
  out[start + frame.data.length] = frame.isLast ? 1 : 0
  return start + frame.data.length + 1
}

function short(offset: number): DecodeError {
  return new DecodeError('FRAME_SHORT', `frame at byte ${offset} ends before its length says`)
}
