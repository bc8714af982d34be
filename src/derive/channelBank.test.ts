import { describe, expect, test } from 'vitest'
import type { L1BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Frame } from '../protocol/batch/frame.ts'
import { channelId } from '../testing/batcher.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { ChannelBank } from './channelBank.ts'
import { exhausted, item } from './pull.ts'

const origin: L1BlockRef = {
  hash: `0x${'a1'.repeat(32)}`,
  number: 100n,
  parentHash: `0x${'a0'.repeat(32)}`,
  timestamp: 2_000n,
}
const megabyte = new Uint8Array(1_000_000)

function frame(channel: number, number: number, isLast = false, data = megabyte): Frame {
  return { channelId: channelId(channel), number, data, isLast }
}

/** What a bank reads and drops when these frames come in one L1 block. */
async function run(config: RollupConfig, frames: readonly Frame[]): Promise<string[]> {
  const queue = [...frames]
  const source = {
    async pull() {
      const next = queue.shift()
      return next === undefined ? exhausted : item(next)
    },
  }
  const said: string[] = []
  const bank = new ChannelBank(config, source, (event) => {
    if (event.type === 'channelDropped') said.push(`${event.reason} ${event.channelId.slice(2, 4)}`)
  })
  for (;;) {
    const pulled = await bank.pull(origin)
    if (pulled.type === 'item') said.push(`read ${pulled.item.id.slice(2, 4)}`)
    if (pulled.type === 'exhausted') return said
  }
}

describe('a channel bank', () => {
  const flood = (frameCount: number) =>
    Array.from({ length: frameCount }, (_, index) => frame(2, index + 1))

  test('drops its oldest channel when it holds over 100 MB', async () => {
    const config = testRollupConfig('ecotone')
    const opening = frame(1, 0, false, new Uint8Array(10))
    const closing = frame(1, 1, true, new Uint8Array(10))
    // 200 bytes count for each frame: with the last one the second channel alone fills the bank to the byte.
    const filling = [...flood(99), frame(2, 100, false, new Uint8Array(980_000))]
    expect(await run(config, [opening, ...flood(99), closing])).toEqual(['read 01'])
    expect(await run(config, [opening, ...filling])).toEqual(['bankFull 01'])
    expect(await run(config, filling)).toEqual([])
  })

  test('drops the newest as well when that alone is over the limit', async () => {
    const config = testRollupConfig('ecotone')
    expect(await run(config, flood(100))).toEqual(['bankFull 02'])
  })

  test('holds ten times as much from Fjord on', async () => {
    const config = testRollupConfig('fjord')
    expect(await run(config, [frame(1, 0), ...flood(100), frame(1, 1, true)])).toEqual(['read 01'])
  })

  test('reads before it loads: a complete channel is never pruned', async () => {
    const config = testRollupConfig('ecotone')
    const complete = [frame(1, 0), frame(1, 1, true)]
    expect(await run(config, [...flood(98), ...complete, ...flood(1)])).toEqual([
      'bankFull 02',
      'read 01',
    ])
  })
})
