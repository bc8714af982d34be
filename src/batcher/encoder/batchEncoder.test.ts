import { beforeEach, describe, expect, test } from 'vitest'
import { bigIntToBytes } from '../../base/bytes.ts'
import { compress } from '../../base/compression.ts'
import { bytesToHex, type Hash } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import type { L2BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { markCompression } from '../../protocol/batch/channelEncoding.ts'
import { seededRandom } from '../../runtime/seededRandom.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { type BatcherOptionsInput, batcherOptions, channelSettings } from '../options.ts'
import { BatchEncoder } from './batchEncoder.ts'
import type { BatcherBlock } from './batcherBlock.ts'

const config: RollupConfig = testRollupConfig('karst', { seqWindowSize: 20n })
let chain: BatcherBlock[]
let random: () => number

beforeEach(() => {
  chain = []
  random = seededRandom(7)
})

/** The next block of the chain: incompressible, with an origin of its own choosing. */
function block(origin: bigint, bytes = 300): BatcherBlock {
  const parent = chain.at(-1)?.ref
  const number = (parent?.number ?? 0n) + 1n
  const hash = (salt: string): Hash => keccak256Hex(new TextEncoder().encode(salt))
  const ref: L2BlockRef = {
    hash: hash(`L2 ${number} ${bytes}`),
    number,
    parentHash: parent?.hash ?? config.genesis.l2.hash,
    timestamp: config.genesis.l2Time + 2n * number,
    l1Origin: { hash: hash(`L1 ${origin}`), number: origin },
    sequenceNumber: parent?.l1Origin.number === origin ? parent.sequenceNumber + 1n : 0n,
  }
  const noise = Uint8Array.from({ length: bytes }, () => Math.floor(256 * random()))
  const transactions = bytes === 0 ? [] : [noise]
  const { number: epochNumber, hash: epochHash } = ref.l1Origin
  const { parentHash, timestamp } = ref
  const made: BatcherBlock = {
    ref,
    batch: { type: 'singular', parentHash, epochNumber, epochHash, timestamp, transactions },
    originTimestamp: config.genesis.l2Time + 12n * origin,
    rawBytes: bytes,
    dataBytes: bytes,
  }
  chain.push(made)
  return made
}

function createEncoder(input: BatcherOptionsInput = {}): BatchEncoder {
  const options = batcherOptions({
    maxL1TxSizeBytes: 1_024,
    subSafetyMargin: 4,
    // Noise does not get smaller.
    approxComprRatio: 1,
    ...input,
  })
  let channels = 0n
  return new BatchEncoder(
    {
      config,
      channels: {
        calldata: channelSettings(options, 'calldata'),
        blobs: channelSettings(options, 'blobs'),
      },
      availability: options.dataAvailabilityType === 'blobs' ? 'blobs' : 'calldata',
      maxChannelDuration: BigInt(options.maxChannelDuration),
      subSafetyMargin: BigInt(options.subSafetyMargin),
      pace: { maxPendingTx: options.maxPendingTx, numConfirmations: 10 },
    },
    { newChannelId: () => bytesToHex(bigIntToBytes(++channels, 16)) },
  )
}

/** Steps until there is nothing to do, and tells what happened. */
function run(encoder: BatchEncoder, options?: { mayCloseEarly: boolean }): string[] {
  const events: string[] = []
  for (;;) {
    const outcome = encoder.step(options)
    if (outcome.type === 'compress') {
      const { id, data, compression } = outcome.job
      const packed = compress(compression.algorithm, data, compression.level)
      encoder.compressed(id, markCompression(compression.algorithm, packed))
    } else if (outcome.type === 'closed') {
      const numbers = outcome.channel.blocks.map(({ ref }) => ref.number)
      events.push(`${outcome.reason} ${numbers[0]}-${numbers.at(-1)}`)
    } else if (outcome.type === 'dropped') events.push(`dropped: ${outcome.reason}`)
    else if (outcome.type === 'idle') {
      return outcome.reason === undefined ? events : [...events, `held: ${outcome.reason}`]
    }
  }
}

function add(encoder: BatchEncoder, ...blocks: BatcherBlock[]): void {
  for (const added of blocks) expect(encoder.addBlock(added)).toBe(true)
}

describe('a channel is closed', () => {
  test('when the next block would not fit; that block is the first of the next channel', () => {
    const encoder = createEncoder()
    add(encoder, ...[1, 2, 3, 4].map(() => block(10n)))
    expect(run(encoder)).toEqual(['full 1-2'])
    const submission = encoder.nextSubmission()!
    expect(submission.frames).toHaveLength(1)
    expect(submission.frames[0]).toMatchObject({ number: 0, isLast: true })
    expect(submission.frames[0]!.data.length).toBeLessThanOrEqual(1_000)
    expect(encoder.nextSubmission()).toBeUndefined()
  })

  test('at once with a block that is too large for one frame: it takes as many as it needs', () => {
    const encoder = createEncoder()
    add(encoder, block(10n, 2_500), block(10n))
    expect(run(encoder)).toEqual(['full 1-1'])
    const frames = [0, 1, 2].map(() => encoder.nextSubmission()!.frames[0]!)
    expect(frames.map(({ number, isLast }) => [number, isLast])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ])
  })

  test('when L1 is so many blocks past the newest origin that was submitted', () => {
    const encoder = createEncoder({ maxChannelDuration: 3 })
    encoder.reset(10n)
    add(encoder, block(11n))
    encoder.registerL1Head(12n)
    expect(run(encoder)).toEqual([])
    encoder.registerL1Head(13n)
    expect(run(encoder, { mayCloseEarly: false })).toEqual([])
    expect(run(encoder)).toEqual(['duration 1-1'])
  })

  test('before the sequencing window of its first block ends, with a margin', () => {
    const encoder = createEncoder()
    add(encoder, block(10n), block(11n))
    encoder.registerL1Head(25n)
    expect(run(encoder)).toEqual([])
    encoder.registerL1Head(26n)
    expect(run(encoder)).toEqual(['sequencingWindow 1-2'])
  })

  test('one ahead of what is sent', () => {
    const encoder = createEncoder()
    add(encoder, ...[1, 2, 3, 4, 5, 6, 7].map(() => block(10n)))
    expect(run(encoder)).toEqual(['full 1-2'])
    expect(run(encoder)).toEqual([])
    encoder.nextSubmission()
    expect(run(encoder)).toEqual(['full 3-4'])
  })

  test('when it is flushed', () => {
    const encoder = createEncoder()
    add(encoder, block(10n))
    encoder.flush()
    expect(run(encoder)).toEqual(['flushed 1-1'])
    add(encoder, block(10n))
    expect(run(encoder)).toEqual([])
  })

  test('with blobs, one frame goes into each of as many blobs as a transaction takes', () => {
    const encoder = createEncoder({ dataAvailabilityType: 'blobs', targetNumFrames: 2 })
    add(encoder, ...Array.from({ length: 5 }, () => block(10n, 60_000)))
    expect(run(encoder)).toEqual(['full 1-4'])
    const { frames, availability } = encoder.nextSubmission()!
    expect([frames.length, availability]).toEqual([2, 'blobs'])
  })
})

describe('submissions that fail', () => {
  function withFrames(): BatchEncoder {
    const encoder = createEncoder()
    add(encoder, block(10n, 2_500), block(10n, 2_500))
    run(encoder)
    encoder.flush()
    run(encoder)
    return encoder
  }
  const next = (encoder: BatchEncoder) => {
    const submission = encoder.nextSubmission()
    if (submission === undefined) return undefined
    const { id, channelId, frames } = submission
    return { id, name: `${BigInt(channelId)}.${frames[0]!.number}` }
  }

  test('are handed out again once all behind them have failed too', () => {
    const encoder = withFrames()
    const [a, b, c] = [next(encoder)!, next(encoder)!, next(encoder)!]
    expect([a, b, c].map(({ name }) => name)).toEqual(['1.0', '1.1', '1.2'])
    encoder.confirm(a.id, 12n)
    encoder.requeue(b.id)
    expect(next(encoder)).toBeUndefined()
    encoder.requeue(c.id)
    expect(next(encoder)!.name).toBe('1.1')
    expect(next(encoder)!.name).toBe('1.2')
  })

  test('make their channels anew when something behind them is on L1 already', () => {
    const encoder = withFrames()
    const [a, b] = [next(encoder)!, next(encoder)!]
    encoder.requeue(a.id)
    encoder.confirm(b.id, 12n)
    encoder.flush()
    expect(run(encoder)).toEqual(['full 1-1'])
    expect(next(encoder)!.name).toBe('2.0')
  })

  test('and frames that are too far apart on L1 do so too', () => {
    const encoder = withFrames()
    const [a, b] = [next(encoder)!, next(encoder)!]
    encoder.confirm(a.id, 12n)
    encoder.confirm(b.id, 63n)
    expect(run(encoder)[0]).toBe('dropped: its frames are too far apart on L1')
  })

  test('a channel that cannot be completed in time any more is not completed', () => {
    const encoder = createEncoder()
    add(encoder, block(80n, 2_500))
    run(encoder)
    encoder.confirm(next(encoder)!.id, 12n)
    encoder.registerL1Head(61n)
    expect(run(encoder)).toEqual([])
    encoder.registerL1Head(62n)
    expect(run(encoder)[0]).toBe('dropped: the channel timeout is over')
  })

  test('what is not asked for any more is ignored', () => {
    const encoder = withFrames()
    const { id } = next(encoder)!
    encoder.reset(10n)
    encoder.confirm(id, 12n)
    encoder.requeue(id)
    encoder.compressed(99, new Uint8Array(1))
    expect([encoder.nextSubmission(), encoder.blockCount]).toEqual([undefined, 0])
  })
})

describe('the sequencing window', () => {
  test('blocks past it are left to derivation if they hold nothing but deposits', () => {
    const encoder = createEncoder({ batchType: 'span' })
    add(encoder, block(10n, 0), block(11n, 0), block(12n, 0))
    encoder.registerL1Head(31n)
    expect(run(encoder)).toEqual(['sequencingWindow 3-3'])
    encoder.registerL1Head(40n)
    expect(run(encoder)).toEqual([
      'dropped: the sequencing window is over',
      'held: the sequencing window of all blocks is over',
    ])
  })

  test('they are replaced, and all behind them, if they stayed with an L1 origin for too long', () => {
    // Two seconds each, on an L1 with a block every twelve.
    const posted = (...numbers: bigint[]) => {
      chain = []
      const encoder = createEncoder()
      add(encoder, ...numbers.map((origin) => block(origin, 0)), block(25n, 0))
      encoder.registerL1Head(30n)
      encoder.flush()
      return run(encoder)
    }
    expect(posted(0n, 0n, 0n, 0n, 0n, 1n)).toEqual(['flushed 7-7'])
    expect(posted(0n, 0n, 0n, 0n, 0n, 0n, 1n)).toEqual([
      'held: derivation replaces a block whose sequencing window is over',
    ])
  })

  test('a block past it that holds more dooms all behind it', () => {
    const encoder = createEncoder()
    add(encoder, block(10n), block(25n))
    encoder.registerL1Head(30n)
    expect(run(encoder)).toEqual([
      'held: derivation replaces a block whose sequencing window is over',
    ])
    expect(encoder.nextSubmission()).toBeUndefined()
  })

  test('a channel that waits for too long is not sent', () => {
    const encoder = createEncoder()
    add(encoder, block(10n), block(25n))
    encoder.flush()
    expect(run(encoder)).toEqual(['flushed 1-2'])
    encoder.registerL1Head(30n)
    expect(run(encoder)).toEqual([
      'dropped: the sequencing window is over',
      'held: derivation replaces a block whose sequencing window is over',
    ])
  })
})

describe('the position of the node', () => {
  const l1 = (number: bigint) => ({
    hash: keccak256Hex(bigIntToBytes(number, 8)),
    number,
    parentHash: keccak256Hex(bigIntToBytes(number - 1n, 8)),
    timestamp: 1_000n + 12n * number,
  })
  const at = (current: bigint, safe: L2BlockRef, unsafe = chain.at(-1)!.ref) => ({
    headL1: l1(current),
    currentL1: l1(current),
    localSafeL2: safe,
    unsafeL2: unsafe,
  })
  const genesis = (): L2BlockRef => ({
    ...chain[0]!.ref,
    number: 0n,
    hash: config.genesis.l2.hash,
  })

  test('says what to load: all behind the safe head, then what is new', () => {
    const encoder = createEncoder()
    const blocks = [block(10n), block(10n), block(10n)]
    const load = (point: ReturnType<typeof at>) => encoder.sync(point)
    expect(load(at(12n, genesis()))).toEqual({ type: 'inSync', load: { from: 1n, to: 3n } })
    add(encoder, ...blocks)
    expect(load(at(12n, genesis()))).toEqual({ type: 'inSync', load: undefined })
    block(10n)
    expect(load(at(12n, blocks[0]!.ref))).toEqual({ type: 'inSync', load: { from: 4n, to: 4n } })
    expect(encoder.blockCount).toBe(2)
  })

  test('means to start over where it contradicts what is kept', () => {
    const blocks = Array.from({ length: 6 }, () => block(10n))
    const loaded = (parent: L2BlockRef, ...kept: BatcherBlock[]) => {
      const encoder = createEncoder()
      encoder.sync(at(12n, parent))
      add(encoder, ...kept)
      return encoder
    }
    const other = { ...blocks[3]!.ref, hash: blocks[2]!.ref.hash }
    for (const [encoder, safe] of [
      [loaded(blocks[2]!.ref, ...blocks.slice(3)), blocks[1]!.ref],
      [loaded(blocks[2]!.ref), blocks[1]!.ref],
      [loaded(genesis(), ...blocks.slice(0, 3)), blocks[4]!.ref],
      [loaded(blocks[1]!.ref, ...blocks.slice(2)), other],
    ] as const) {
      expect(encoder.sync(at(12n, safe)).type).toBe('startedOver')
      expect(encoder.blockCount).toBe(0)
    }
  })

  test('means to start over when a channel is on L1, read, and did not become safe', () => {
    const encoder = createEncoder()
    add(encoder, block(10n))
    encoder.flush()
    run(encoder)
    encoder.confirm(encoder.nextSubmission()!.id, 12n)
    expect(encoder.sync(at(12n, genesis())).type).toBe('inSync')
    expect(encoder.sync(at(13n, genesis())).type).toBe('startedOver')
  })

  test('is not believed while the node derives anew, or knows nothing', () => {
    const encoder = createEncoder()
    add(encoder, block(10n))
    encoder.sync(at(14n, genesis()))
    expect(encoder.sync(at(13n, genesis())).type).toBe('wait')
    const unknown = { ...genesis(), hash: `0x${'0'.repeat(64)}` as Hash }
    expect(encoder.sync(at(14n, unknown)).type).toBe('wait')
  })

  test('may be further back once everything was forgotten', () => {
    const encoder = createEncoder()
    encoder.sync(at(14n, block(10n).ref))
    encoder.reset(10n)
    expect(encoder.sync(at(13n, genesis())).type).toBe('inSync')
  })

  test('is what the first block must follow, as the others must follow each other', () => {
    const encoder = createEncoder()
    const [first, second, third] = [block(10n), block(10n), block(10n)]
    encoder.sync(at(12n, first.ref))
    expect(encoder.addBlock(third)).toBe(false)
    expect(encoder.addBlock(second)).toBe(true)
    expect(encoder.addBlock(first)).toBe(false)
    expect(encoder.addBlock(third)).toBe(true)
  })

  test('takes safe blocks out of a channel that waits to be sent', () => {
    const encoder = createEncoder()
    const blocks = [block(10n), block(10n)]
    add(encoder, ...blocks)
    encoder.flush()
    expect(run(encoder)).toEqual(['flushed 1-2'])
    encoder.sync(at(12n, blocks[0]!.ref))
    encoder.flush()
    expect(run(encoder)).toEqual(['flushed 2-2'])
  })

  test('counts for more than that a submission failed: what is safe is not sent again', () => {
    const encoder = createEncoder()
    const [first, second] = [block(10n), block(10n)]
    const sent = [first, second].map((added) => {
      add(encoder, added)
      encoder.flush()
      run(encoder)
      return encoder.nextSubmission()!
    })
    encoder.confirm(sent[1]!.id, 12n)
    encoder.sync(at(11n, first.ref))
    encoder.requeue(sent[0]!.id)
    expect(run(encoder)).toEqual([])
    expect([encoder.pendingBlocks, encoder.nextSubmission()]).toEqual([0, undefined])
  })
})

test('the backlog is what waits, and what is packed and not safe', () => {
  const encoder = createEncoder()
  add(encoder, block(10n, 400), block(10n, 400), block(10n, 400))
  expect(encoder.unsafeDataBytes).toBe(1_200)
  run(encoder)
  const packed = encoder.nextSubmission()!.frames[0]!.data.length + 23
  expect(encoder.unsafeDataBytes).toBe(packed + 400)
})
