import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { replayBlocks, replayChannels } from '../../src/cli/derive/replay.ts'
import { readVectorFolder } from '../../src/cli/derive/vectorFolder.ts'
import type { DerivationEvent } from '../../src/derive/observer.ts'
import { haveVectors, vectorsFolder, vectorsNote } from '../../src/testing/vectors.ts'

const folder = (name: string) => resolve(vectorsFolder, 'derivation', name)

describe.runIf(haveVectors)(`real chain data${vectorsNote}`, () => {
  test('OP Mainnet under Regolith: attributes of seven blocks, from calldata', async () => {
    const vector = await readVectorFolder(folder('op-mainnet-regolith-109279674'))
    const events: DerivationEvent[] = []
    const blocks = []
    for await (const block of replayBlocks(vector, new Map(), (event) => events.push(event))) {
      expect(block.mismatches).toEqual([])
      blocks.push(block.number)
    }
    expect(blocks).toEqual(Array.from({ length: 7 }, (_, i) => 109279675n + BigInt(i)))
    const types = new Set(events.map(({ type }) => type))
    expect([...types].sort()).toEqual(['batchJudged', 'channelOpened', 'channelRead'])
  })

  test('OP Mainnet under Regolith: the first channel', async () => {
    const vector = await readVectorFolder(folder('op-mainnet-regolith-109279674'))
    const [first] = await replayChannels(vector)
    expect(first).toMatchObject(first!.expected!)
    expect(first!.batches).toHaveLength(63)
  })

  test('OP Sepolia under Granite: every transaction of 19 spans, from calldata and blobs', async () => {
    const vector = await readVectorFolder(folder('op-sepolia-granite-16491249'))
    const channels = await replayChannels(vector)
    expect(channels).toHaveLength(5)
    for (const { channelId, batches, expected } of channels) {
      expect({ channelId, batches }).toEqual(expected)
    }
    const spans = channels.flatMap(({ batches }) => batches)
    expect(spans).toHaveLength(19)
    expect(spans.flatMap(({ blocks }) => blocks)).toHaveLength(354)
  })
})
