import { describe, expect, test } from 'vitest'
import type { Frame } from '../protocol/batch/frame.ts'
import { channelId } from '../testing/batcher.ts'
import { keepOrderedFrames } from './frameQueue.ts'

/** `a0 a1! b0`: channel a's frames 0 and 1, the latter its last, and channel b's frame 0. */
function frames(text: string): Frame[] {
  return text.split(' ').map((name) => ({
    channelId: channelId(name.charCodeAt(0)),
    number: Number(name.slice(1).replace('!', '')),
    data: new Uint8Array(0),
    isLast: name.endsWith('!'),
  }))
}

function kept(text: string): string {
  const input = frames(text)
  const names = text.split(' ')
  const left = keepOrderedFrames(input, () => undefined)
  return left.map((frame) => names[input.indexOf(frame)]).join(' ')
}

describe('Holocene keeps of one transaction’s frames', () => {
  test.each([
    ['a complete channel', 'a0 a1 a2!', 'a0 a1 a2!'],
    ['channels one behind the other', 'a0 a1! b0 b1!', 'a0 a1! b0 b1!'],
    ['the rest of a channel and the next', 'a3 a4! b0', 'a3 a4! b0'],
    ['nothing between the frames of a channel', 'a0 b1 a1 a2!', 'a0 a1 a2!'],
    ['no gap', 'a0 a2 a3!', 'a0'],
    ['no frame twice', 'a0 a0 a1 a1 a2!', 'a0 a1 a2!'],
    ['nothing behind the last frame', 'a0 a1! a2', 'a0 a1!'],
    ['no second beginning of a channel', 'a0 a1 a0 a2!', 'a0 a1 a2!'],
    ['only the newest of open channels', 'a0 a1 b0 c0 c1!', 'c0 c1!'],
    ['a complete channel before one that is given up', 'a0! b0 b1 c0', 'a0! c0'],
    ['a complete channel, not its beginning again', 'a0! b0 a0 a1', 'a0!'],
    ['no frame of a channel that was not begun', 'a0 a1! b1 b2!', 'a0 a1!'],
  ])('%s', (_, input, output) => {
    expect(kept(input)).toBe(output)
  })

  test('and says why it drops the others', () => {
    const reasons: string[] = []
    keepOrderedFrames(frames('a0 b0 b2 b1!'), ({ number }, reason) => {
      reasons.push(`${number} ${reason}`)
    })
    expect(reasons).toEqual(['0 channelAbandoned', '2 notNext'])
  })
})
