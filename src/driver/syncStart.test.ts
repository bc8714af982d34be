import { describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { EngineHeads } from '../engine/heads.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { fc } from '../testing/seededCheck.ts'
import { findL2Heads } from './syncStart.ts'

const window = 10n

describe('findL2Heads', () => {
  it('keeps the heads of a chain whose origins are canonical', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 8 })
    const heads = await world.find()
    expect(heads.unsafe).toEqual(world.l2.at(-1))
    expect(heads.finalized).toEqual(world.l2[0])
    expect(heads.safe).toEqual(world.l2[0])
  })

  for (const depth of [1, 2, 3, 5, 8]) {
    it(`goes back to the last block before an L1 reorg of depth ${depth}`, async () => {
      const world = new Chains({ blocksPerOrigin: 3, origins: 20 })
      world.reorgL1(depth)
      const { unsafe } = await world.find()
      expect(unsafe).toEqual(world.l2[(20 - depth) * 3 - 1])
    })
  }

  it('keeps blocks whose origins are beyond our view of L1', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 8 })
    world.l1 = world.l1.slice(0, 5)
    expect((await world.find()).unsafe).toEqual(world.l2.at(-1))
  })

  it('does not keep them above one that was replaced', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 8 })
    world.reorgL1(4)
    world.l1 = world.l1.slice(0, 6)
    expect((await world.find()).unsafe).toEqual(world.l2[11])
  })

  it('goes back by a sequencing window from the old safe head, to the end of an epoch', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 40 })
    world.safe = world.l2[100]!
    const { safe } = await world.find()
    // The newest origin is 39; 29 is not behind the window, so the epoch of 28 is derived again.
    expect(safe).toEqual(world.l2[28 * 3 - 1])
  })

  it('takes a short way through a long chain', async () => {
    const world = new Chains({ blocksPerOrigin: 6, origins: 400 })
    world.safe = world.l2[600]!
    world.reorgL1(100)
    const { unsafe } = await world.find({ seqWindowSize: 3_600n })
    expect(unsafe).toEqual(world.l2[300 * 6 - 1])
    expect(world.reads).toBeLessThan(80)
  })

  it('takes the finalized block for the safe one when the window reaches below it', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 20 })
    world.safe = world.l2[50]!
    world.finalized = world.l2[40]!
    const heads = await world.find()
    expect([heads.safe, heads.finalized]).toEqual([world.l2[40], world.l2[40]])
  })

  it('takes an engine that synced by itself at its word', async () => {
    const world = new Chains({ blocksPerOrigin: 1, origins: 150 })
    const heads = await world.find()
    const tip = world.l2.at(-1)
    expect(heads).toEqual({ unsafe: tip, pendingSafe: tip, safe: tip, finalized: tip })
  })

  it('begins again at the tip of an engine that lost safe blocks', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 20 })
    world.safe = { ...world.l2[50]!, number: 90n }
    expect((await world.find()).safe).toEqual(world.l2.at(-1))
  })

  it('refuses another L1, and another L2', async () => {
    const otherL1 = new Chains({ blocksPerOrigin: 3, origins: 8 })
    otherL1.reorgL1(8)
    await expect(otherL1.find()).rejects.toMatchObject({
      severity: 'critical',
      code: 'WRONG_CHAIN',
    })
    const otherL2 = new Chains({ blocksPerOrigin: 3, origins: 8 })
    otherL2.l2[0] = { ...otherL2.l2[0]!, hash: `0x${'ee'.repeat(32)}` }
    await expect(otherL2.find()).rejects.toMatchObject({
      severity: 'critical',
      code: 'WRONG_CHAIN',
    })
  })

  it('refuses an L1 that contradicts the finalized block', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 20 })
    world.safe = world.l2[50]!
    world.finalized = world.l2[40]!
    world.reorgL1(10)
    await expect(world.find()).rejects.toMatchObject({
      severity: 'critical',
      code: 'REORG_BELOW_FINALIZED',
    })
  })

  it('refuses to undo more than five sequencing windows', async () => {
    const world = new Chains({ blocksPerOrigin: 1, origins: 120 })
    world.finalized = world.l2[5]!
    world.safe = world.l2[5]!
    world.reorgL1(60)
    await expect(world.find()).rejects.toMatchObject({
      severity: 'critical',
      code: 'REORG_TOO_DEEP',
    })
  })

  it('keeps the unsafe head unseen when it is told to, as long as the safe head is canonical', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 20 })
    world.safe = world.l2[30]!
    world.reorgL1(5)
    expect((await world.find({}, true)).unsafe).toEqual(world.l2.at(-1))
    world.safe = world.l2[55]!
    expect((await world.find({}, true)).unsafe).toEqual(world.l2[44])
  })

  it('says what to do when it refuses', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 8 })
    world.reorgL1(8)
    await expect(world.find()).rejects.toMatchObject({
      metaMessages: [expect.stringContaining('--rollup.config')],
    })
  })

  it('tries again later when a block cannot be read', async () => {
    const world = new Chains({ blocksPerOrigin: 3, origins: 8 })
    world.isL1Down = true
    await expect(world.find()).rejects.toMatchObject({ severity: 'temporary' })
  })

  it('finds what walking back block by block finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          blocksPerOrigin: fc.integer({ min: 1, max: 5 }),
          origins: fc.integer({ min: 2, max: 45 }),
          reorg: fc.nat(),
          visible: fc.nat(),
          safe: fc.nat(),
          finalized: fc.nat(),
        }),
        async ({ blocksPerOrigin, origins, reorg, visible, safe, finalized }) => {
          const world = new Chains({ blocksPerOrigin, origins })
          world.safe = world.l2[safe % world.l2.length]!
          world.finalized = world.l2[finalized % (Number(world.safe.number) + 1)]!
          // Neither genesis nor the finalized block may be undone; that is refused, and tested above.
          const lowest = Number(world.finalized.l1Origin.number) + 1
          world.reorgL1(reorg % (origins - lowest + 1))
          world.l1 = world.l1.slice(0, 1 + (visible % world.l1.length))
          const outcome = await world.find().catch((error) => (error as ChainError).code)
          const expected = world.walkBack()
          if (outcome === 'REORG_TOO_DEEP') return expect(expected).toBe('REORG_TOO_DEEP')
          expect(outcome).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** An L1 and an L2 as lists. */
class Chains {
  l1: L1BlockRef[] = []
  readonly l2: L2BlockRef[] = []
  safe: L2BlockRef
  finalized: L2BlockRef
  isL1Down = false
  reads = 0
  readonly #config: RollupConfig

  constructor(shape: { readonly blocksPerOrigin: number; readonly origins: number }) {
    this.#extendL1(shape.origins, 'first')
    for (const origin of this.l1) {
      for (let i = 0; i < shape.blocksPerOrigin; i++) {
        const number = BigInt(this.l2.length)
        this.l2.push({
          hash: keccak256Hex(new TextEncoder().encode(`l2 ${number}`)),
          number,
          parentHash: this.l2.at(-1)?.hash ?? zeroHash,
          timestamp: number * 2n,
          l1Origin: { hash: origin.hash, number: origin.number },
          sequenceNumber: BigInt(i),
        })
      }
    }
    this.safe = this.l2[0]!
    this.finalized = this.l2[0]!
    const { hash, number } = this.l2[0]!
    const test = testRollupConfig('karst', { seqWindowSize: window })
    this.#config = {
      ...test,
      genesis: { ...test.genesis, l1: this.l1[0]!, l2: { hash, number } },
    }
  }

  reorgL1(depth: number): void {
    const { length } = this.l1
    this.l1 = this.l1.slice(0, length - depth)
    this.#extendL1(length, 'second')
  }

  find(changes: Partial<RollupConfig> = {}, skipCheck = false): Promise<EngineHeads> {
    const l1 = {
      blockRefByNumber: async (number: bigint) => {
        this.reads++
        if (this.isL1Down) throw new ChainError('temporary', 'DOWN', 'down')
        return this.l1[Number(number)]
      },
    }
    const l2 = {
      blockRefByLabel: async (label: string) =>
        ({ latest: this.l2.at(-1), safe: this.safe, finalized: this.finalized })[label],
      blockRefByHash: async (hash: Hash) => this.l2.find((block) => block.hash === hash),
      blockRefByNumber: async (number: bigint) => {
        this.reads++
        return this.l2[Number(number)]
      },
    }
    return findL2Heads({ config: { ...this.#config, ...changes }, skipCheck }, { l1, l2 })
  }

  /** The same answer, found as the specification describes it: block by block. */
  walkBack(): EngineHeads | string {
    const { safe: oldSafe, finalized } = this
    const tip = this.l2.at(-1)!
    const synced =
      finalized.number === 0n && oldSafe.number === 0n && tip.l1Origin.number > 14n * window
    if (synced) {
      return { unsafe: tip, pendingSafe: tip, safe: tip, finalized: tip }
    }
    let unsafe: L2BlockRef | undefined = tip
    let highest: L2BlockRef | undefined
    for (let block = tip; ; block = this.l2[Number(block.number) - 1]!) {
      const l1Block = this.l1[Number(block.l1Origin.number)]
      unsafe ??= block
      if (unsafe.l1Origin.number + 5n * window < tip.l1Origin.number) return 'REORG_TOO_DEEP'
      if (l1Block === undefined) highest = undefined
      else if (l1Block.hash === block.l1Origin.hash) highest ??= block
      else {
        unsafe = undefined
        highest = undefined
      }
      const isReady =
        highest !== undefined &&
        block.number <= oldSafe.number &&
        block.l1Origin.number + window < highest.l1Origin.number &&
        block.sequenceNumber === 0n
      if (block.number === finalized.number) {
        return { unsafe: unsafe!, pendingSafe: block, safe: block, finalized }
      }
      if (isReady) {
        const safe = this.l2[Number(block.number) - 1]!
        return { unsafe: unsafe!, pendingSafe: safe, safe, finalized }
      }
    }
  }

  #extendL1(length: number, branch: string): void {
    while (this.l1.length < length) {
      const number = BigInt(this.l1.length)
      this.l1.push({
        hash: keccak256Hex(new TextEncoder().encode(`l1 ${branch} ${number}`)),
        number,
        parentHash: this.l1.at(-1)?.hash ?? zeroHash,
        timestamp: number * 12n,
      })
    }
  }
}
