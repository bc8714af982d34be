import { describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../../src/chain/refs.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import { isDepositTransaction } from '../../src/protocol/transaction.ts'
import { latenessMs, type SequencedBlock } from '../../src/sequencer/sequencedBlock.ts'
import { batchData } from '../../src/testing/batchData.ts'
import { settle } from '../../src/testing/manualClock.ts'
import { VerifierWorld, type VerifierWorldOptions } from './verifierWorld.ts'

describe('a sequencer that derives', () => {
  it('sees its own blocks become safe and final, and goes on making blocks', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    await liveOn(world, 5)
    const posted = post(world, blocks)
    await liveOn(world, 3)
    expect(world.status.safeL2).toEqual(posted)
    expect(world.engine.canonical).toContainEqual(posted)
    expect(world.status.unsafeL2.number).toBeGreaterThan(posted.number + 10n)
    expect(blocks.every((block, index) => block.ref.number === BigInt(index + 1))).toBe(true)
    world.finalizeL1(world.l1.head.number)
    await liveOn(world, 1)
    expect(world.status.finalizedL2).toEqual(posted)
  })

  it('executes no block twice', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    await liveOn(world, 5)
    post(world, blocks)
    await liveOn(world, 3)
    expect(world.engine.countCalls('newPayload')).toBe(blocks.length)
  })

  it('is never late because derivation is slow', async () => {
    const { world: started, blocks } = await startSequencer({ derivationMs: 7_000 })
    await using world = started
    await liveOn(world, 5)
    post(world, blocks)
    await liveOn(world, 10)
    expect(blocks.length).toBeGreaterThan(80)
    for (const block of blocks) expect(latenessMs(block)).toBeLessThanOrEqual(0)
  })

  it('is never late because L1 is down', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    await liveOn(world, 3)
    const before = blocks.length
    world.l1.failures = Number.POSITIVE_INFINITY
    await world.advance(10_000)
    expect(blocks.length - before).toBe(5)
    for (const block of blocks) expect(latenessMs(block)).toBeLessThanOrEqual(0)
  })

  it('is not kept from its work by an L1 that contradicts itself about what is final', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    await liveOn(world, 3)
    post(world, blocks)
    await liveOn(world, 2)
    const before = blocks.length
    for (let i = 0; i < 10; i++) {
      const lie = { ...world.l1.head, hash: `0x${'ab'.repeat(32)}` as const }
      world.driver.onL1Block('finalized', lie)
      await liveOn(world, 1)
    }
    expect(world.failure).toBeUndefined()
    // Each reset costs the sequencer a block time.
    expect(blocks.length - before).toBeGreaterThan(45)
  })

  it('gives way to what L1 says, and builds on top of it', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    await liveOn(world, 4)
    postPayloads(world, foreignBlocks(blocks.slice(0, 12)))
    await liveOn(world, 4)
    const { safeL2, unsafeL2 } = world.status
    expect(safeL2.number).toBe(12n)
    expect(world.engine.canonical).toContainEqual(safeL2)
    // What was being built on the old chain holds up nothing.
    const [adopted, begun] = world.engine.calls.filter(({ head }) => head === safeL2.hash).slice(1)
    expect([adopted!.method, begun!.method]).toEqual(['forkchoice', 'startBuild'])
    expect(begun!.atMs - adopted!.atMs).toBeLessThan(10)
    expect(unsafeL2.number).toBeGreaterThan(12n)
    expect(world.failure).toBeUndefined()
  })

  // Race 25 of the list that test/actions/races.test.ts goes by.
  it('gives way to the deposits that are left of an invalid block, and builds on top of them', async () => {
    const { world: started, blocks } = await startSequencer()
    await using world = started
    const own = Uint8Array.of(2, 0xc0)
    world.engine.pool = [own]
    await liveOn(world, 4)
    world.engine.isInvalid = ({ executionPayload }) =>
      executionPayload.transactions.some((raw) => !isDepositTransaction(raw) && raw !== own)
    const old = blocks[0]!.ref
    postPayloads(world, foreignBlocks(blocks.slice(0, 12)))
    await liveOn(world, 4)
    expect(world.failure).toBeUndefined()
    const first = world.engine.canonical[1]!
    expect(first.hash).not.toBe(old.hash)
    expect(world.status.safeL2).toEqual(first)
    expect(world.status.unsafeL2.number).toBeGreaterThan(12n)
    expect(world.engine.canonical).toContainEqual(blocks.at(-1)!.ref)
  })
})

/** What somebody with the batcher's key may post for the same heights. */
function foreignBlocks(blocks: readonly SequencedBlock[]): PayloadEnvelope[] {
  return blocks.map(({ envelope }, index) => {
    const { executionPayload } = envelope
    const transactions = [executionPayload.transactions[0]!, foreignTransaction(index + 1)]
    return { ...envelope, executionPayload: { ...executionPayload, transactions } }
  })
}

/** Of the fields of an EIP-1559 transaction only their form matters to a batch. */
function foreignTransaction(nonce: number): Uint8Array {
  const fields = [0x82, 0x03, 0x85, nonce, 0x80, 0x80, 0x80]
  const to = [0x94, ...new Uint8Array(20)]
  const list = [...fields, ...to, 0x80, 0x80, 0xc0, 0x80, 0x01, 0x01]
  return Uint8Array.of(2, 0xc0 + list.length, ...list)
}

/** L1 makes so many blocks, one every 12 seconds. */
async function liveOn(world: VerifierWorld, l1Blocks: number): Promise<void> {
  for (let i = 0; i < l1Blocks; i++) {
    await world.advance(12_000)
    await world.mine()
    await settle()
    await world.digest()
  }
}

/** The batches of these blocks, in an L1 block. @returns the last of them. */
function post(world: VerifierWorld, blocks: readonly SequencedBlock[]): L2BlockRef {
  postPayloads(
    world,
    blocks.map(({ envelope }) => envelope),
  )
  return blocks.at(-1)!.ref
}

function postPayloads(world: VerifierWorld, payloads: readonly PayloadEnvelope[]): void {
  const data = batchData(world.config, payloads, 100)
  world.l1.mine({ transactions: [world.batcher.calldata(world.config, data)] })
}

async function startSequencer(options: VerifierWorldOptions = {}) {
  const blocks: SequencedBlock[] = []
  const onBlock = (block: SequencedBlock) => blocks.push(block)
  const world = new VerifierWorld({ ...options, sequences: true, onBlock })
  return { world: await world.start(), blocks }
}
