import { describe, expect, test } from 'vitest'
import type { Hex } from '../../base/hex.ts'
import { Channel } from './channel.ts'
import type { Frame } from './frame.ts'

const id = `0x${'11'.repeat(16)}` as Hex

function frame(number: number, text: string, isLast = false, channelId = id): Frame {
  return { channelId, number, data: new TextEncoder().encode(text), isLast }
}

function channel(...frames: readonly Frame[]): Channel {
  const built = new Channel(id, 100n, false)
  for (const one of frames) built.add(one)
  return built
}

describe('a channel', () => {
  test('joins its frames in order, however they came', () => {
    const complete = channel(frame(2, 'ef', true), frame(0, 'ab'), frame(1, 'cd'))
    expect(complete.isReady).toBe(true)
    expect(new TextDecoder().decode(complete.data())).toBe('abcdef')
  })

  test('is not ready while a frame is missing', () => {
    expect(channel(frame(0, 'a'), frame(2, 'c', true)).isReady).toBe(false)
    expect(channel(frame(0, 'a'), frame(1, 'b')).isReady).toBe(false)
  })

  test('counts 200 bytes for each frame', () => {
    expect(channel(frame(0, 'seven__'), frame(1, 'four')).sizeBytes).toBe(411)
  })

  test('drops frames behind the last one when that comes, and forgets their size', () => {
    const pruned = channel(frame(0, 'keep'), frame(3, 'seven__'), frame(1, 'four', true))
    expect(pruned.sizeBytes).toBe(408)
    expect(pruned.isReady).toBe(true)
  })

  test('rejects a frame of another channel', () => {
    const other = `0x${'22'.repeat(16)}` as Hex
    expect(channel().add(frame(0, 'a', false, other))).toBe('otherChannel')
  })

  test('rejects a second frame of the same number and keeps the first', () => {
    const built = channel(frame(0, 'first', true))
    expect(built.add(frame(0, 'again'))).toBe('duplicate')
    expect(new TextDecoder().decode(built.data())).toBe('first')
  })

  test('rejects a second last frame', () => {
    expect(channel(frame(1, 'b', true)).add(frame(0, 'a', true))).toBe('alreadyClosed')
  })

  test('rejects a frame behind the last one', () => {
    expect(channel(frame(1, 'b', true)).add(frame(2, 'c'))).toBe('behindLastFrame')
  })

  test('takes only the next frame when it must be in order', () => {
    const strict = new Channel(id, 100n, true)
    expect(strict.add(frame(1, 'b'))).toBe('outOfOrder')
    expect(strict.add(frame(0, 'a'))).toBeUndefined()
    expect(strict.add(frame(2, 'c'))).toBe('outOfOrder')
    expect(strict.add(frame(1, 'b', true))).toBeUndefined()
    expect(strict.isReady).toBe(true)
  })
})
