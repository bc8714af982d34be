import { describe, expect, test, vi } from 'vitest'
import { forkTimesUpTo } from '../../../src/chain/forks.ts'
import type { L1BlockRef } from '../../../src/chain/refs.ts'
import { encodeSingularBatch } from '../../../src/protocol/batch/singularBatch.ts'
import { isDepositTransaction } from '../../../src/protocol/transaction.ts'
import { framesOf } from '../../../src/testing/batcher.ts'
import { DerivationWorld, type SequencedBatch } from '../../../src/testing/derivationWorld.ts'

const granite = { forkTimes: forkTimesUpTo('granite') }

/** The same batch with a parent that no chain has. */
function orphaned({ batch, ref }: SequencedBatch): SequencedBatch {
  return { batch: { ...batch, parentHash: `0x${'ee'.repeat(32)}` }, ref }
}

/** The same batch with an origin that is newer than the block itself. */
function early({ batch, ref }: SequencedBatch, origin: L1BlockRef): SequencedBatch {
  return { batch: { ...batch, epochNumber: origin.number, epochHash: origin.hash }, ref }
}

describe.each(['regolith', 'canyon', 'granite', 'holocene', 'isthmus', 'jovian', 'karst'] as const)(
  'under %s',
  (fork) => {
    const config = { forkTimes: forkTimesUpTo(fork) }

    test('singular batches give the blocks that the sequencer made', async () => {
      const world = new DerivationWorld({ config })
      const blocks = await world.sequenceMany(6)
      world.l1.mine()
      const adopting = await world.sequence([world.transaction(99n)], world.l1.at(1n))
      world.postSingular(...blocks, adopting)
      const derived = await world.derive()
      expect(derived.every(({ isConcluding }) => isConcluding)).toBe(true)
      expect(world.safeHead).toEqual(world.sequencerHead)
    })

    test('no L1, nothing to do', async () => {
      const world = new DerivationWorld({ config })
      expect(await world.derive()).toEqual([])
    })
  },
)

describe('before Holocene', () => {
  test('a span counts as a whole: only its last block concludes it', async () => {
    const world = new DerivationWorld({ config: granite })
    world.postSpan(...(await world.sequenceMany(4)))
    const derived = await world.derive()
    expect(derived.map(({ isConcluding }) => isConcluding)).toEqual([false, false, false, true])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a batch may come before its turn', async () => {
    const world = new DerivationWorld({ config: granite })
    const [a, b, c] = await world.sequenceMany(3)
    world.postSingular(c!)
    world.postSingular(b!)
    await world.derive()
    expect(world.safeHead.number).toBe(0n)
    world.postSingular(a!)
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('the first batch that is valid wins', async () => {
    const world = new DerivationWorld({ config: granite })
    const [a] = await world.sequenceMany(1)
    const empty: SequencedBatch = { ...a!, batch: { ...a!.batch, transactions: [] } }
    world.postSingular(orphaned(a!), a!, empty)
    await world.derive()
    expect(world.verdicts).toEqual(['drop: parentHash', 'accept', 'drop: timestampPast'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('one bad block makes its whole span invalid', async () => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo('ecotone') } })
    const [a, b, c] = await world.sequenceMany(3)
    world.postSpan(a!, b!, early(c!, world.l1.mine()))
    await world.derive()
    expect(world.verdicts).toEqual(['drop: timestampBeforeOrigin'])
    expect(world.safeHead.number).toBe(0n)
  })

  test('a span may overlap the safe chain if it says the same', async () => {
    const world = new DerivationWorld({ config: granite })
    const blocks = await world.sequenceMany(5)
    world.postSpan(...blocks.slice(0, 3))
    world.postSpan(...blocks)
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a span that contradicts the safe chain is dropped', async () => {
    const world = new DerivationWorld({ config: granite })
    const [a, b, c] = await world.sequenceMany(3)
    world.postSpan(a!, b!)
    const other: SequencedBatch = { ...b!, batch: { ...b!.batch, transactions: [] } }
    world.postSpan(a!, other, c!)
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'drop: spanOverlap'])
    expect(world.safeHead.number).toBe(2n)
  })

  test('a span whose safe block the engine does not have is kept', async () => {
    const world = new DerivationWorld({ config: granite })
    const blocks = await world.sequenceMany(5)
    world.postSpan(...blocks.slice(0, 3))
    await world.derive()
    world.postSpan(...blocks)
    const read = vi.spyOn(world.verifier, 'payloadByNumber').mockResolvedValueOnce(undefined)
    await expect(world.derive()).rejects.toMatchObject({ code: 'SAFE_BLOCK_MISSING' })
    read.mockRestore()
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a span whose safe block cannot be read yet is kept', async () => {
    const world = new DerivationWorld({ config: granite })
    const blocks = await world.sequenceMany(5)
    world.postSpan(...blocks.slice(0, 3))
    await world.derive()
    world.postSpan(...blocks)
    world.verifier.isDown = true
    await expect(world.derive()).rejects.toMatchObject({ severity: 'temporary' })
    world.verifier.isDown = false
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})

describe('from Holocene on', () => {
  test('a span’s blocks are safe one by one', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(4)))
    const derived = await world.derive()
    expect(derived.map(({ isConcluding }) => isConcluding)).toEqual([true, true, true, true])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a batch before its turn is dropped with its channel', async () => {
    const world = new DerivationWorld()
    const [a, b] = await world.sequenceMany(2)
    world.postSingular(b!, a!)
    await world.derive()
    expect(world.verdicts).toEqual(['drop: timestampAhead'])
    expect(world.count('channelFlushed')).toBe(1)
    expect(world.safeHead.number).toBe(0n)
  })

  test('a batch of the past is passed over, and its channel goes on', async () => {
    const world = new DerivationWorld()
    const [a, b] = await world.sequenceMany(2)
    world.postSingular(a!)
    world.postSingular(a!, b!)
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'past', 'accept'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a span that ends on an origin newer than the block it is in is passed over alone', async () => {
    const world = new DerivationWorld()
    const [a, b, c] = await world.sequenceMany(3)
    const { head } = world.l1
    const unknown = { ...head, number: head.number + 2n }
    world.post(framesOf([world.span(a!, early(b!, unknown)), world.span(a!, b!, c!)]))
    await world.derive()
    expect(world.verdicts).toEqual(['undecided', 'accept', 'accept', 'accept', 'accept'])
    expect(world.count('channelFlushed')).toBe(0)
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a bad block ends its span and channel, but the blocks before it count', async () => {
    const world = new DerivationWorld()
    const [a, b, c, d] = await world.sequenceMany(4)
    const span = world.span(a!, b!, early(c!, world.l1.mine()))
    world.post(framesOf([span, encodeSingularBatch(c!.batch), encodeSingularBatch(d!.batch)]))
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'accept', 'accept', 'drop: timestampBeforeOrigin'])
    expect(world.count('channelFlushed')).toBe(1)
    expect(world.safeHead.number).toBe(2n)
  })

  test('a span that contradicts the safe chain is dropped with its channel', async () => {
    const world = new DerivationWorld()
    const [a, b, c] = await world.sequenceMany(3)
    world.postSpan(a!, b!)
    const other: SequencedBatch = { ...b!, batch: { ...b!.batch, transactions: [] } }
    world.post(framesOf([world.span(a!, other, c!), world.span(a!, b!, c!)]))
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'accept', 'accept', 'drop: spanOverlap'])
    expect(world.count('channelFlushed')).toBe(1)
    expect(world.safeHead.number).toBe(2n)
  })

  test.each(['granite', 'karst'] as const)(
    '%s: a span whose parent the engine does not have is kept',
    async (fork) => {
      const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo(fork) } })
      const blocks = await world.sequenceMany(5)
      world.postSpan(...blocks.slice(0, 3))
      await world.derive()
      world.postSpan(...blocks.slice(1))
      const read = vi.spyOn(world.verifier, 'blockRefByNumber').mockResolvedValueOnce(undefined)
      await expect(world.derive()).rejects.toMatchObject({ code: 'SAFE_BLOCK_MISSING' })
      read.mockRestore()
      await world.derive()
      expect(world.safeHead).toEqual(world.sequencerHead)
    },
  )

  test('a span whose parent cannot be read yet is kept', async () => {
    const world = new DerivationWorld()
    const blocks = await world.sequenceMany(5)
    world.postSpan(...blocks.slice(0, 3))
    await world.derive()
    world.postSpan(...blocks)
    world.verifier.isDown = true
    await expect(world.derive()).rejects.toMatchObject({ severity: 'temporary' })
    world.verifier.isDown = false
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a batch with a deposit in it is dropped', async () => {
    const world = new DerivationWorld()
    const [a] = await world.sequenceMany(1)
    world.postSingular({ ...a!, batch: { ...a!.batch, transactions: [Uint8Array.of(0x7e)] } })
    await world.derive()
    expect(world.verdicts).toEqual(['drop: depositTransaction'])
  })

  test('a block that the engine finds invalid is made of its deposits, and the channel is over', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(3)))
    const bad = await world.nextAttributes()
    const { parent, derivedFrom } = bad
    const replacement = world.pipeline.depositsOnly(parent, derivedFrom)
    expect(replacement.attributes.transactions.every(isDepositTransaction)).toBe(true)
    expect(replacement.attributes.transactions).toHaveLength(1)
    await world.adopt(replacement)
    expect(await world.derive()).toEqual([])
    expect(world.safeHead.number).toBe(1n)
  })

  test('a node that starts anew behind such a block passes over the rest of its span too', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(3)))
    const { parent, derivedFrom } = await world.nextAttributes()
    await world.adopt(world.pipeline.depositsOnly(parent, derivedFrom))
    await world.restart()
    expect(await world.derive()).toEqual([])
    expect(world.verdicts.at(-1)).toBe('drop: spanOverlap')
    expect(world.safeHead.number).toBe(1n)
  })

  test('only the attributes made last can be cut down to deposits', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(3)))
    const { parent, derivedFrom } = await world.nextAttributes()
    const other = { ...derivedFrom, hash: `0x${'33'.repeat(32)}` as const }
    expect(() => world.pipeline.depositsOnly(parent, other)).toThrow('can be cut down')
  })
})

describe('when the sequencing window has passed', () => {
  test.each(['granite', 'karst'] as const)('%s: blocks are made without batches', async (fork) => {
    const world = new DerivationWorld({
      config: { forkTimes: forkTimesUpTo(fork), seqWindowSize: 4n },
    })
    world.l1.mineMany(4)
    await world.derive()
    // Epoch 0 lasts 12 s: six slots, the first of them genesis.
    expect(world.safeHead.number).toBe(5n)
    expect(world.safeHead.l1Origin.number).toBe(0n)
    world.l1.mineMany(2)
    await world.derive()
    expect(world.safeHead.number).toBe(17n)
    expect(world.safeHead.l1Origin.number).toBe(2n)
  })

  test('a batch that comes too late is dropped', async () => {
    const world = new DerivationWorld({ config: { seqWindowSize: 4n } })
    const blocks = await world.sequenceMany(1)
    world.l1.mineMany(4)
    world.postSingular(...blocks)
    await world.derive()
    expect(world.verdicts).toEqual(['past'])
    expect(world.safeHead.number).toBe(11n)
  })

  test('a batch in the last block of the window is in time', async () => {
    const world = new DerivationWorld({ config: { seqWindowSize: 4n } })
    const blocks = await world.sequenceMany(1)
    world.l1.mineMany(3)
    world.postSingular(...blocks)
    const [first] = await world.derive()
    expect(first!.attributes.transactions).toHaveLength(2)
  })
})
