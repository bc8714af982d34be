import { describe, expect, onTestFinished, test } from 'vitest'
import { ChainError, TaktError } from '../../../src/base/errors.ts'
import { Batcher } from '../../../src/batcher/batcher.ts'
import type { DataLimits } from '../../../src/batcher/interface.ts'
import { type BatcherOptionsInput, batcherOptions } from '../../../src/batcher/options.ts'
import { type LogFields, silentLogger } from '../../../src/runtime/logger.ts'
import { BatcherWorld } from '../../../src/testing/batcherWorld.ts'
import { TxError } from '../../../src/txmgr/txError.ts'
import { postedBlocks } from '../../sim/postedBlocks.ts'

const pollIntervalMs = 1_000
/** Posts whatever there is as soon as L1 has moved on. */
const eager: BatcherOptionsInput = {
  pollIntervalMs,
  maxChannelDuration: 1,
  subSafetyMargin: 4,
  startQuietMs: 0,
}

async function startBatcher(world: BatcherWorld, options: BatcherOptionsInput = {}) {
  const batcher = new Batcher(batcherOptions({ ...eager, ...options }), world.deps())
  await batcher.start()
  onTestFinished(() => stopped(world, batcher))
  return batcher
}

async function stopped(world: BatcherWorld, batcher: Batcher): Promise<void> {
  const closed = batcher.close()
  await world.clock.advance(10_000)
  await closed
}

/** The time of an L1 block: the batcher works, L1 takes what is in the pool, the node reads it. */
async function passSlot(world: BatcherWorld): Promise<void> {
  await world.clock.advance(2 * pollIntervalMs)
  world.mine()
  await world.derive()
  await world.clock.advance(2 * pollIntervalMs)
}

async function sequence(world: BatcherWorld, count: number, originLag?: bigint): Promise<void> {
  for (let i = 0; i < count; i++) {
    const transaction = world.rollup.transaction(world.rollup.sequencerHead.number)
    await world.sequence([transaction], originLag)
  }
}

async function passSlots(world: BatcherWorld, count: number, blocks = 6): Promise<void> {
  for (let slot = 0; slot < count; slot++) {
    await sequence(world, blocks)
    await passSlot(world)
  }
}

function upTo(last: bigint): number[] {
  return Array.from({ length: Number(last) }, (_, index) => index + 1)
}

describe('a batcher', () => {
  test('makes the chain safe, epoch after epoch, and ends without a trace', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await passSlots(world, 12)
    expect(world.rollup.sequencerHead.number).toBe(72n)
    expect(world.rollup.safeHead.number).toBeGreaterThanOrEqual(54n)
    await stopped(world, batcher)
    expect(world.clock.sleeping).toBe(0)
  })

  test('posts what is there when it is flushed, and nothing before', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world, { maxChannelDuration: 0 })
    await passSlots(world, 3)
    expect(world.rollup.safeHead.number).toBe(0n)
    batcher.flush()
    await passSlot(world)
    expect(world.rollup.safeHead.number).toBe(18n)
  })

  test('posts nothing while it is stopped, and goes on where it was', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await passSlots(world, 3)
    await stopped(world, batcher)
    // What was on its way.
    await passSlot(world)
    const { number } = world.rollup.safeHead
    await passSlots(world, 3)
    expect(world.rollup.safeHead.number).toBe(number)
    await batcher.start()
    for (let slot = 0; slot < 4; slot++) await passSlot(world)
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(36n))
  })

  test('is started once at a time, and stopped only when it runs', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await expect(batcher.start()).rejects.toMatchObject({ code: 'BATCHER_RUNNING' })
    await stopped(world, batcher)
    await expect(batcher.stop()).rejects.toMatchObject({ code: 'BATCHER_NOT_RUNNING' })
    expect(() => batcher.flush()).toThrow(TaktError)
  })

  test('refuses to post with a key that is not that of SystemConfig, and names both', async () => {
    const world = new BatcherWorld()
    const own = world.rollup.batcher.address
    world.batcherAddress = `0x${'12'.repeat(20)}`
    const batcher = new Batcher(batcherOptions(eager), world.deps())
    const refusal = await batcher.start().catch((error) => error)
    expect(refusal).toMatchObject({ code: 'BATCHER_KEY', exitCode: 9 })
    expect(refusal.message).toContain(own)
    expect(refusal.message).toContain(world.batcherAddress)
    expect(batcher.isRunning).toBe(false)
  })

  test('refuses to start when it cannot pay for one submission', async () => {
    const world = new BatcherWorld()
    world.balance = 1_000_000n
    const batcher = new Batcher(batcherOptions(eager), world.deps())
    await expect(batcher.start()).rejects.toMatchObject({ code: 'BATCHER_UNFUNDED', exitCode: 10 })
  })

  test('says why it gets nothing done, unless it is stopped', async () => {
    const world = new BatcherWorld()
    const gate = { isSilent: false }
    const deps = world.deps({
      gate: async (call) => {
        if (gate.isSilent && call === 'blockNumber') {
          throw new ChainError('temporary', 'L1_UNREACHABLE', 'L1 does not answer')
        }
      },
    })
    const batcher = new Batcher(batcherOptions(eager), deps)
    onTestFinished(() => (batcher.isRunning ? stopped(world, batcher) : undefined))
    expect(batcher.problems).toEqual([])
    await batcher.start()
    await passSlots(world, 2)
    gate.isSilent = true
    await world.clock.advance(75_000)
    expect(batcher.problems).toEqual([expect.stringMatching(/^nothing .* L1 does not answer$/)])
    gate.isSilent = false
    await world.clock.advance(pollIntervalMs)
    expect(batcher.problems).toEqual([])
    await stopped(world, batcher)
    await world.clock.advance(75_000)
    expect(batcher.problems).toEqual([])
  })

  test('waits for funds when told to', async () => {
    const world = new BatcherWorld()
    world.balance = 0n
    const batcher = await startBatcher(world, { waitForFunds: true })
    await passSlots(world, 3)
    expect(batcher.problems).toEqual([expect.stringContaining('waiting for funds')])
    expect(world.rollup.safeHead.number).toBe(0n)
    world.balance = 10n ** 18n
    for (let slot = 0; slot < 3; slot++) await passSlot(world)
    expect(world.rollup.safeHead.number).toBe(18n)
  })
})

describe('when it is stopped', () => {
  test('a batcher posts what it has loaded, however little, and waits until it is on L1', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world, { maxChannelDuration: 0, maxL1TxSizeBytes: 400 })
    await sequence(world, 12)
    await world.clock.advance(2 * pollIntervalMs)
    expect(world.pooled).toBe(1)
    let isStopped = false
    const stop = batcher.stop().then(() => {
      isStopped = true
    })
    // Made after the stop: not its concern any more.
    await sequence(world, 6)
    for (let slot = 0; slot < 30 && !isStopped; slot++) await passSlot(world)
    await stop
    expect(world.pooled).toBe(0)
    expect(world.rollup.safeHead.number).toBe(12n)
    expect(world.clock.sleeping).toBe(0)
  })

  test('it goes on trying for as long as it may, and no longer', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world, { stopTimeoutMs: 60_000 })
    await sequence(world, 6)
    world.mine()
    await world.clock.advance(2 * pollIntervalMs)
    const stop = batcher.stop()
    await world.clock.advance(59_000)
    expect(batcher.isRunning).toBe(true)
    await world.clock.advance(1_000)
    await stop
    expect(batcher.isRunning).toBe(false)
  })

  test('what fails meanwhile is sent again', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world, { maxChannelDuration: 0 })
    await sequence(world, 6)
    await world.clock.advance(2 * pollIntervalMs)
    world.failures.push(new TxError('TX_NOT_IN_MEMPOOL', 'no node took it'))
    const stop = batcher.stop()
    await passSlot(world)
    await passSlot(world)
    await stop
    expect(world.rollup.safeHead.number).toBe(6n)
  })

  test('there is nothing to wait for where nothing was posted yet', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await batcher.stop()
    expect(world.clock.sleeping).toBe(0)
  })

  test('it waits for no window that is over', async () => {
    const world = new BatcherWorld({ config: { seqWindowSize: 12n } })
    for (let slot = 0; slot < 14; slot++) {
      world.mine()
      await sequence(world, 6, 0n)
    }
    const batcher = await startBatcher(world)
    await world.clock.advance(2 * pollIntervalMs)
    await batcher.stop()
    expect(world.pooled).toBe(0)
  })

  test('close ends it at once', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await sequence(world, 6)
    world.mine()
    await world.clock.advance(2 * pollIntervalMs)
    expect(world.pooled).toBe(1)
    await batcher.close()
    expect(world.clock.sleeping).toBe(0)
  })
})

test('a channel is kept as small as gets to L1 in time, one transaction after the other', async () => {
  const world = new BatcherWorld({ config: { seqWindowSize: 400n } })
  const warnings: string[] = []
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => {
      warnings.push(`${message}: ${String(fields?.['reason'] ?? fields?.['frames'])}`)
    },
  }
  const options = { ...eager, maxL1TxSizeBytes: 150, maxPendingTx: 1, targetNumFrames: 60 }
  const batcher = new Batcher(
    batcherOptions({ ...options, maxChannelDuration: 0 }),
    world.deps({ logger }),
  )
  await batcher.start()
  onTestFinished(() => stopped(world, batcher))
  await sequence(world, 200)
  for (let slot = 0; slot < 70; slot++) await passSlot(world)
  expect(world.rollup.safeHead.number).toBeGreaterThan(0n)
  expect(warnings).toEqual([expect.stringMatching(/^Channels are smaller than wanted.*: 16$/)])
})

describe('a backlog', () => {
  async function startLogged(world: BatcherWorld, options: BatcherOptionsInput = {}) {
    const logged: { message: string; fields: LogFields | undefined }[] = []
    const info = (message: string, fields?: LogFields) => logged.push({ message, fields })
    const deps = world.deps({ logger: { ...silentLogger, info } })
    const batcher = new Batcher(batcherOptions({ ...eager, ...options }), deps)
    await batcher.start()
    onTestFinished(() => stopped(world, batcher))
    return (message: string) =>
      logged.filter((line) => line.message === message).map(({ fields }) => fields)
  }

  test('is loaded piece by piece, and packed as if it were there at once', async () => {
    const world = new BatcherWorld()
    await sequence(world, 450)
    world.mine()
    const logged = await startLogged(world)
    await world.clock.advance(pollIntervalMs)
    expect(logged('Loaded L2 blocks')).toMatchObject([
      { from: 1n, to: 100n, remaining: 350n, kept: 100 },
      { from: 101n, to: 200n, remaining: 250n, kept: 200 },
      { from: 201n, to: 300n, remaining: 150n, kept: 300 },
      { from: 301n, to: 400n, remaining: 50n, kept: 400 },
    ])
    expect(logged('Closed a channel')).toMatchObject([{ blocks: [1n, 450n], reason: 'duration' }])
  })

  test('is posted as it comes', async () => {
    const world = new BatcherWorld()
    await sequence(world, 450)
    const logged = await startLogged(world, { maxL1TxSizeBytes: 2_000 })
    await world.clock.advance(pollIntervalMs)
    expect(logged('Posting batches')).toHaveLength(1)
    for (let slot = 0; slot < 100 && world.rollup.safeHead.number < 450n; slot++) {
      await passSlot(world)
    }
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(450n))
  })
})

describe('what is posted and does not become safe', () => {
  test('is posted ever more seldom', async () => {
    const world = new BatcherWorld({ config: { seqWindowSize: 1_000n } })
    const unread = { ...world.rollup.safeHead }
    const deps = world.deps()
    const batcher = new Batcher(batcherOptions(eager), {
      ...deps,
      // Reads all of L1, and finds nothing.
      node: { ...deps.node, syncStatus: async () => ({ ...world.syncPoint, localSafeL2: unread }) },
    })
    await batcher.start()
    onTestFinished(() => stopped(world, batcher))
    await sequence(world, 6)
    const counts: number[] = []
    for (let round = 0; round < 4; round++) {
      for (let slot = 0; slot < 15; slot++) await passSlot(world)
      counts.push((await postedBlocks(world.rollup)).length / 6)
    }
    const more = counts.map((count, index) => count - (counts[index - 1] ?? 0))
    expect(counts[0]).toBeGreaterThan(1)
    expect(more[3]).toBeLessThanOrEqual(1)
  })

  test('is posted no more under a key that does not count any longer', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    await passSlots(world, 2)
    await world.rollup.resequenceFrom(world.rollup.safeHead)
    world.batcherAddress = `0x${'12'.repeat(20)}`
    for (let block = 0n; block < 12n; block++) {
      await world.sequence([world.rollup.transaction(1_000n + block)])
    }
    const failed = expect(batcher.failed).rejects.toMatchObject({ code: 'BATCHER_KEY' })
    for (let slot = 0; slot < 12 && batcher.isRunning; slot++) await passSlot(world)
    await failed
  })
})

describe('when L1 does not take a transaction', () => {
  test('its frames are sent again, in their order', async () => {
    const world = new BatcherWorld()
    await startBatcher(world, { maxPendingTx: 0, maxL1TxSizeBytes: 200, targetNumFrames: 2 })
    world.failures.push(
      new TxError('TX_NOT_IN_MEMPOOL', 'no node took it'),
      new TxError('TX_ORDER_LOST', 'the one before it failed'),
    )
    await passSlots(world, 2)
    for (let slot = 0; slot < 6; slot++) await passSlot(world)
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(12n))
  })

  test('frames behind which others got into L1 are packed anew', async () => {
    const world = new BatcherWorld()
    await startBatcher(world, { maxPendingTx: 0, maxL1TxSizeBytes: 200, targetNumFrames: 2 })
    world.failures.push(new TxError('TX_TIMEOUT', 'too late'))
    await passSlots(world, 2)
    for (let slot = 0; slot < 6; slot++) await passSlot(world)
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
  })
})

describe('when the L2 chain is reorganized', () => {
  test('the batcher posts the new one', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world, { maxChannelDuration: 0 })
    await passSlots(world, 2)
    await world.rollup.resequenceFrom(world.rollup.sequencer.canonical[5]!)
    for (let block = 0; block < 9; block++) {
      await world.sequence([world.rollup.transaction(1_000n + BigInt(block))])
    }
    for (let slot = 0; slot < 3; slot++) await passSlot(world)
    batcher.flush()
    for (let slot = 0; slot < 3; slot++) await passSlot(world)
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(14n))
  })
})

describe('when the L2 chain is reorganized while batches are on their way', () => {
  test.each(['compress', 'send'])(
    'nothing else is posted before it is known what became of them (%s)',
    async (kind) => {
      const world = new BatcherWorld({ config: { seqWindowSize: 100n } })
      const held: (() => void)[] = []
      const gate = (call: string) =>
        call === kind ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve()
      const passSlots = async (count: number) => {
        for (let slot = 0; slot < count; slot++) {
          for (const resume of held) resume()
          await passSlot(world)
        }
      }
      const batcher = new Batcher(
        batcherOptions({ ...eager, maxPendingTx: 0 }),
        world.deps({ gate }),
      )
      await batcher.start()
      onTestFinished(() => stopped(world, batcher))
      await sequence(world, 6)
      world.mine()
      await world.clock.advance(2 * pollIntervalMs)
      await world.rollup.resequenceFrom(world.rollup.sequencer.canonical[3]!)
      for (let block = 0n; block < 9n; block++) {
        await world.sequence([world.rollup.transaction(1_000n + block)])
      }
      for (let slot = 0; slot < 3; slot++) await passSlot(world)
      expect(held).toHaveLength(1)

      // What was on its way wins, for it is on L1 first: the sequencer must follow it.
      await passSlots(4)
      expect(world.rollup.safeHead.number).toBe(6n)
      await world.rollup.resequenceFrom(world.rollup.safeHead)
      await sequence(world, 3)
      await passSlots(6)
      expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
      const posted = await postedBlocks(world.rollup)
      expect(posted.filter((number) => number <= 6)).toEqual(upTo(6n))
    },
  )
})

describe('when L1 is reorganized', () => {
  test('a batcher that starts waits until its node has heard of it', async () => {
    const world = new BatcherWorld()
    const first = await startBatcher(world)
    await passSlots(world, 8)
    await stopped(world, first)
    const before = world.rollup.safeHead.number
    await world.rewindL1(2, 'lost')
    world.mine(0)
    await sequence(world, 6)
    await startBatcher(world)
    await world.clock.advance(10 * pollIntervalMs)
    // Behind a safe head that is not safe any more.
    expect(world.pooled).toBe(0)
    await world.derive()
    expect(world.rollup.safeHead.number).toBeLessThan(before)
    await passSlots(world, 6)
    expect(world.rollup.safeHead.number).toBeGreaterThan(before)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(world.rollup.safeHead.number))
  })

  test.each(['kept', 'lost'] as const)(
    'beyond the confirmations, with all blocks safe, nothing is posted anew beside what is sent again (pool %s)',
    async (pool) => {
      const world = new BatcherWorld({ config: { seqWindowSize: 100n } })
      await startBatcher(world)
      await sequence(world, 6)
      for (let slot = 0; slot < 3; slot++) await passSlot(world)
      expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
      await world.rewindL1(3, pool)
      for (let block = 0; block < 4; block++) world.mine(0)
      await world.derive()
      expect(world.rollup.safeHead.number).toBe(0n)
      for (let slot = 0; slot < 4; slot++) await passSlot(world)
      expect(await postedBlocks(world.rollup)).toEqual(upTo(6n))
    },
  )

  test('while a batcher that starts looks at L1, it takes nothing for unsent that was just lost', async () => {
    const world = new BatcherWorld({ config: { seqWindowSize: 100n } })
    const looking = { isReorganized: true }
    const deps = world.deps({
      gate: async (call) => {
        if (call !== 'transactionCount' || looking.isReorganized) return
        looking.isReorganized = true
        await world.rewindL1(2, 'lost')
      },
    })
    const batcher = new Batcher(batcherOptions(eager), deps)
    await batcher.start()
    onTestFinished(() => stopped(world, batcher))
    await sequence(world, 6)
    world.mine()
    await world.derive()
    await world.clock.advance(2 * pollIntervalMs)
    expect(world.pooled).toBe(1)
    // Confirmed, and not read by the node.
    for (let block = 0; block < 2; block++) world.mine()
    await world.clock.advance(2 * pollIntervalMs)
    await stopped(world, batcher)
    await batcher.start()
    looking.isReorganized = false
    for (let slot = 0; slot < 5; slot++) await passSlot(world)
    expect(looking.isReorganized).toBe(true)
    expect(await postedBlocks(world.rollup)).toEqual(upTo(6n))
  })
})

describe('beyond the sequencing window', () => {
  const config = { seqWindowSize: 12n }
  /** Blocks as derivation would make them by itself. */
  async function sequenceEmpty(world: BatcherWorld, slots: number): Promise<void> {
    for (let slot = 0; slot < slots; slot++) {
      world.mine()
      for (let block = 0; block < 6; block++) await world.sequence([], 0n)
      await world.derive()
    }
  }

  test.each(['singular', 'span'] as const)(
    'the safe head catches up, and no batch is posted in vain (%s)',
    async (batchType) => {
      const world = new BatcherWorld({ config })
      await sequenceEmpty(world, 30)
      const late = world.rollup.safeHead.number
      expect(late).toBeLessThan(world.rollup.sequencerHead.number - 60n)
      await startBatcher(world, { batchType })
      for (let slot = 0; slot < 6; slot++) {
        await passSlot(world)
        for (let block = 0; block < 6; block++) await world.sequence([], 0n)
      }
      expect(world.rollup.safeHead.number).toBeGreaterThan(world.rollup.sequencerHead.number - 24n)
      expect(world.rollup.verdicts.filter((verdict) => verdict !== 'accept')).toEqual([])
      const posted = await postedBlocks(world.rollup)
      expect(posted[0]).toBeGreaterThan(Number(late))
      expect(new Set(posted).size).toBe(posted.length)
    },
  )

  test('it catches up also when L1 takes its time with the transaction', async () => {
    const world = new BatcherWorld({ config })
    await sequenceEmpty(world, 30)
    await startBatcher(world, { batchType: 'span' })
    await world.clock.advance(2 * pollIntervalMs)
    expect(world.pooled).toBe(1)
    for (let slot = 0; slot < 3; slot++) {
      world.mine(0)
      await world.derive()
    }
    world.mine()
    await world.derive()
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect(world.rollup.verdicts).not.toContain('drop: sequencingWindow')
  })

  test.each([
    { what: 'with transactions', transactions: 1, originLag: 0n },
    { what: 'that are empty, with an L1 origin behind the newest', transactions: 0, originLag: 4n },
  ])('blocks $what are not posted, until derivation has replaced them', async (blocks) => {
    const world = new BatcherWorld({ config })
    for (let slot = 0; slot < 18; slot++) {
      world.mine()
      for (let block = 0; block < 6; block++) {
        const transaction = world.rollup.transaction(world.rollup.sequencerHead.number)
        await world.sequence([transaction].slice(0, blocks.transactions), blocks.originLag)
      }
    }
    await startBatcher(world)
    for (let slot = 0; slot < 20; slot++) {
      await world.clock.advance(2 * pollIntervalMs)
      expect(world.pooled).toBe(0)
      world.mine()
    }
    await world.derive()
    await world.rollup.resequenceFrom(world.rollup.safeHead)
    while (world.rollup.sequencerHead.timestamp < world.rollup.l1.head.timestamp) {
      await world.sequence([], 0n)
    }
    for (let slot = 0; slot < 5; slot++) await passSlot(world)
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
  })
})

describe('with data availability `auto`', () => {
  test('a channel takes the way that is cheaper when it is ready to be sent', async () => {
    const world = new BatcherWorld()
    await startBatcher(world, { dataAvailabilityType: 'auto' })
    world.fees.blobBaseFee = 10_000n
    await passSlots(world, 2)
    const calldata = await hasBlobs(world)
    world.fees.blobBaseFee = 1n
    await passSlots(world, 3)
    expect([calldata, await hasBlobs(world)]).toEqual([false, true])
    expect(world.rollup.safeHead.number).toBeGreaterThan(12n)
  })

  /** Whether the newest L1 block with a transaction has one with blobs. */
  async function hasBlobs({ rollup: { l1 } }: BatcherWorld): Promise<boolean> {
    for (let number = l1.head.number; ; number--) {
      const [raw] = (await l1.transactionsByHash(l1.at(number).hash)) ?? []
      if (raw !== undefined) return raw[0] === 3
    }
  }
})

describe('when L1 takes in less than L2 makes', () => {
  test('the engine is told to make smaller blocks, and told when it is over', async () => {
    const world = new BatcherWorld()
    await startBatcher(world, {
      throttle: { controllerType: 'step', lowerThreshold: 3_000, blockSizeLowerLimit: 700 },
    })
    await passSlot(world)
    expect(world.limits).toEqual([{ maxTxBytes: 0, maxBlockBytes: 130_000 }])
    await sequence(world, 30)
    await world.clock.advance(pollIntervalMs)
    expect(world.limits.at(-1)).toEqual({ maxTxBytes: 150, maxBlockBytes: 700 })
    for (let slot = 0; slot < 3; slot++) await passSlot(world)
    expect(world.rollup.safeHead.number).toBe(30n)
    expect(world.limits.at(-1)).toEqual({ maxTxBytes: 0, maxBlockBytes: 130_000 })
  })

  test('an engine that was restarted, or did not listen, is told again', async () => {
    const world = new BatcherWorld()
    const told: DataLimits[] = []
    const builder = {
      name: 'engine',
      async setMaxDataSize(limits: DataLimits) {
        told.push(limits)
        if (told.length === 1) throw new ChainError('temporary', 'L2_UNREACHABLE', 'no answer')
        return 'set' as const
      },
    }
    const batcher = new Batcher(batcherOptions(eager), { ...world.deps(), builders: [builder] })
    await batcher.start()
    onTestFinished(() => stopped(world, batcher))
    await world.clock.advance(pollIntervalMs)
    expect(told).toHaveLength(2)
    await world.clock.advance(9_000)
    expect(told).toHaveLength(2)
    await world.clock.advance(2_000)
    expect(told).toHaveLength(3)
  })

  test('no engine is told anything with a threshold of 0', async () => {
    const world = new BatcherWorld()
    await startBatcher(world, { throttle: { lowerThreshold: 0 } })
    await passSlots(world, 2)
    expect(world.limits).toEqual([])
  })

  test('an engine that cannot be told is warned about once, and no reason to stop', async () => {
    const world = new BatcherWorld()
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) }
    const builders = [{ name: 'old', setMaxDataSize: async () => 'unsupported' as const }]
    const batcher = new Batcher(batcherOptions(eager), { ...world.deps({ logger }), builders })
    await batcher.start()
    onTestFinished(() => stopped(world, batcher))
    await passSlots(world, 12)
    expect(world.rollup.safeHead.number).toBeGreaterThan(0n)
    expect(warnings).toEqual([expect.stringContaining('miner_setMaxDASize')])
  })
})
