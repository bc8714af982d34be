import { describe, expect, test } from 'vitest'
import { concatBytes } from '../base/bytes.ts'
import type { Hash } from '../base/hex.ts'
import { rlpEncode, rlpUint } from '../base/rlp.ts'
import { type Fork, forkTimesUpTo } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import { decodeSpanBatch, type SpanBatch } from '../protocol/batch/spanBatch.ts'
import { encodeSpanBatch } from '../protocol/batch/spanBatchEncoder.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import type { BatchVerdict } from './batchVerdict.ts'
import { OpenSpan } from './openSpan.ts'
import {
  checkSpanBatchBlocks,
  checkSpanBatchPrefix,
  checkSpanOverlap,
  spanParentNumber,
} from './spanBatchCheck.ts'

const hash = (seed: string): Hash => `0x${seed.repeat(64).slice(0, 64)}`

function l1Block(number: bigint, timestamp: bigint): L1BlockRef {
  return { hash: hash(`a${number}`), number, parentHash: hash(`a${number - 1n}`), timestamp }
}

function l2Block(number: bigint, origin: L1BlockRef): L2BlockRef {
  return {
    hash: hash(`c${number}`),
    number,
    parentHash: hash(`c${number - 1n}`),
    timestamp: 1_000n + 2n * number,
    l1Origin: { hash: origin.hash, number: origin.number },
    sequenceNumber: 0n,
  }
}

// Safe head: block 500 at 2,000 s in epoch 100.
const l1Blocks = [l1Block(100n, 1_990n), l1Block(101n, 2_002n), l1Block(102n, 2_014n)]
const [epoch, nextEpoch, thirdEpoch] = l1Blocks as [L1BlockRef, L1BlockRef, L1BlockRef]
const inclusion = l1Block(105n, 2_050n)
const safeHead = l2Block(500n, epoch)

const transaction = concatBytes(
  Uint8Array.of(2),
  rlpEncode([rlpUint(901n), ...Array<Uint8Array>(7).fill(new Uint8Array(0)), [], ...signature()]),
)

function signature(): Uint8Array[] {
  return [new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(1)]
}

interface SpanPlan {
  /** Number of the block that the span follows. */
  readonly parent?: bigint
  readonly parentHash?: Hash
  /** Origin of each block. */
  readonly origins?: readonly L1BlockRef[]
  readonly beginsEpoch?: boolean
  readonly transactions?: readonly Uint8Array[]
  /** Seconds that all blocks are off their slots. */
  readonly skew?: bigint
}

function span(plan: SpanPlan = {}): SpanBatch {
  const { parent = 500n, origins = [epoch, nextEpoch], beginsEpoch = false, skew = 0n } = plan
  const { transactions = [transaction] } = plan
  const blocks = origins.map(
    (origin, index): SingularBatch => ({
      type: 'singular',
      parentHash: plan.parentHash ?? hash(`c${parent}`),
      epochNumber: origin.number,
      epochHash: origin.hash,
      timestamp: 1_002n + 2n * (parent + BigInt(index)) + skew,
      transactions,
    }),
  )
  const chain = { genesisTime: 1_000n, blockTime: 2n, l2ChainId: 901n }
  return decodeSpanBatch(encodeSpanBatch(blocks, chain, beginsEpoch).subarray(1), chain)
}

const granite = testRollupConfig('granite', { seqWindowSize: 10n })
const holocene = testRollupConfig('holocene', { seqWindowSize: 10n })

interface Setting {
  readonly config?: RollupConfig
  readonly l1Blocks?: readonly L1BlockRef[]
  readonly inclusionBlock?: L1BlockRef
  readonly parent?: L2BlockRef | undefined
}

function contextOf(setting: Setting) {
  return { l1Blocks, safeHead, inclusionBlock: inclusion, ...setting }
}

function prefix(batch: SpanBatch, setting: Setting = {}): string {
  const parent = 'parent' in setting ? setting.parent : safeHead
  return text(checkSpanBatchPrefix(setting.config ?? granite, contextOf(setting), batch, parent))
}

function blocks(batch: SpanBatch, setting: Setting = {}): string {
  const config = setting.config ?? granite
  return text(checkSpanBatchBlocks(config, contextOf(setting), batch, setting.parent ?? safeHead))
}

function text(verdict: BatchVerdict): string {
  if (verdict.type === 'drop') return `drop: ${verdict.rule}`
  return verdict.type === 'undecided' ? `undecided: ${verdict.missing}` : verdict.type
}

describe('a span batch as a whole', () => {
  test('is accepted on top of the safe head', () => {
    expect(prefix(span())).toBe('accept')
    expect(prefix(span(), { config: holocene })).toBe('accept')
  })

  test('needs Delta at the time of its first origin', () => {
    const config = (delta: bigint) =>
      testRollupConfig('canyon', { forkTimes: { ...forkTimesUpTo('canyon'), delta } })
    expect(prefix(span(), { config: config(1_990n) })).toBe('accept')
    expect(prefix(span(), { config: config(1_991n) })).toBe('drop: spanBeforeDelta')
    const next = span({ origins: [nextEpoch], beginsEpoch: true })
    expect(prefix(next, { config: config(2_002n) })).toBe('accept')
    expect(prefix(next, { config: config(2_002n), l1Blocks: [epoch] })).toBe(
      'undecided: nextL1Origin',
    )
  })

  test('is undecided while no L1 block is known', () => {
    expect(prefix(span(), { l1Blocks: [] })).toBe('undecided: l1Block')
  })

  test('waits for its turn before Holocene and is dropped ahead of it after', () => {
    const ahead = span({ parent: 501n })
    expect(prefix(ahead)).toBe('future')
    expect(prefix(ahead, { config: holocene })).toBe('drop: timestampAhead')
  })

  test('with nothing new is dropped before Holocene and passed over after', () => {
    const past = span({ parent: 498n, origins: [epoch, epoch] })
    expect(prefix(past)).toBe('drop: timestampPast')
    expect(prefix(past, { config: holocene })).toBe('past')
  })

  test('may overlap the safe chain, block by block', () => {
    const overlapping = span({ parent: 498n, origins: [epoch, epoch, nextEpoch] })
    expect(spanParentNumber(granite, safeHead, overlapping)).toBe(498n)
    expect(prefix(overlapping, { parent: l2Block(498n, epoch) })).toBe('accept')
    const skewed = span({ parent: 498n, origins: [epoch, epoch, epoch], skew: 1n })
    expect(prefix(skewed, { parent: l2Block(498n, epoch) })).toBe('drop: spanMisaligned')
  })

  test('must follow a block of the safe chain, and is passed over from Holocene on where it does not', () => {
    const first = span({ parent: 498n, origins: [epoch, epoch, nextEpoch] })
    expect(prefix(first, { parent: undefined })).toBe('drop: spanWithoutParent')
    const afterHolocene = prefix(first, { parent: undefined, config: holocene })
    expect(afterHolocene).toBe('undecided: parent')
  })

  test('names the block before it', () => {
    expect(prefix(span({ parentHash: hash('d') }))).toBe('drop: parentHash')
    const sameBeginning: Hash = `${safeHead.hash.slice(0, 42)}${'f'.repeat(24)}` as Hash
    expect(prefix(span({ parentHash: sameBeginning }))).toBe('accept')
  })

  test('is included within the sequencing window of its first epoch', () => {
    expect(prefix(span(), { inclusionBlock: l1Block(110n, 2_200n) })).toBe('accept')
    expect(prefix(span(), { inclusionBlock: l1Block(111n, 2_200n) })).toBe('drop: sequencingWindow')
  })

  test('neither skips an epoch nor goes back one', () => {
    const skipping = span({ origins: [thirdEpoch], beginsEpoch: true })
    expect(prefix(skipping)).toBe('drop: epochTooNew')
    const parent = l2Block(498n, nextEpoch)
    const back = span({ parent: 498n, origins: [epoch, epoch, nextEpoch] })
    expect(prefix(back, { parent })).toBe('drop: epochTooOld')
  })

  test('does not begin before the first L1 block', () => {
    const [zeroth, first] = [l1Block(0n, 1_990n), l1Block(1n, 2_002n)]
    const early = span({ origins: [{ ...zeroth, number: -1n }, zeroth] })
    const setting = { l1Blocks: [first], inclusionBlock: first, parent: l2Block(500n, first) }
    expect(prefix(early, { ...setting, config: holocene })).toBe('drop: epochTooOld')
  })

  test('does not fall behind the safe head’s epoch where it goes on', () => {
    const head = { ...safeHead, l1Origin: { hash: nextEpoch.hash, number: nextEpoch.number } }
    const late = span({ parent: 499n, origins: [epoch, epoch, nextEpoch] })
    const verdict = checkSpanBatchPrefix(
      granite,
      { l1Blocks: l1Blocks.slice(1), safeHead: head, inclusionBlock: inclusion },
      late,
      l2Block(499n, epoch),
    )
    expect(text(verdict)).toBe('drop: epochTooOld')
  })

  test('ends on an origin of this L1 chain', () => {
    const foreign = { ...nextEpoch, hash: hash('e') }
    expect(prefix(span({ origins: [epoch, foreign] }))).toBe('drop: epochHash')
  })

  test('is undecided while its last origin is not read yet', () => {
    expect(prefix(span(), { l1Blocks: [epoch] })).toBe('undecided: l1Block')
  })

  test.each([
    ['newer than the block that holds it', [epoch], 'epochHash'],
    ['older than the epochs that are open', [thirdEpoch], 'epochTooOld'],
  ] as const)('that ends on an origin %s is passed over from Holocene on', (_, known, rule) => {
    const setting = { l1Blocks: known, inclusionBlock: known[0] }
    expect(prefix(span(), setting)).toBe(`drop: ${rule}`)
    expect(prefix(span(), { ...setting, config: holocene })).toBe('undecided: l1Block')
  })
})

describe('the blocks of a span batch, before Holocene', () => {
  test('are accepted with the origins they take', () => {
    expect(blocks(span())).toBe('accept')
  })

  test('are not older than their origins', () => {
    const late = [epoch, { ...nextEpoch, timestamp: 2_005n }]
    expect(blocks(span(), { l1Blocks: late })).toBe('drop: timestampBeforeOrigin')
  })

  test('stay within the sequencer drift or are empty for want of an origin', () => {
    const config = testRollupConfig('ecotone')
    const old = { ...epoch, timestamp: 1_400n }
    const stay = span({ origins: [old] })
    const empty = span({ origins: [old], transactions: [] })
    expect(blocks(stay, { config, l1Blocks: [old] })).toBe('drop: sequencerDrift')
    expect(blocks(empty, { config, l1Blocks: [old] })).toBe('undecided: nextL1Origin')
    expect(blocks(empty, { config, l1Blocks: [old, nextEpoch] })).toBe('drop: originNotAdopted')
    const later = { ...nextEpoch, timestamp: 2_003n }
    expect(blocks(empty, { config, l1Blocks: [old, later] })).toBe('accept')
    const adopting = span({ origins: [old], transactions: [], beginsEpoch: true })
    const parent = l2Block(500n, l1Block(99n, 1_300n))
    expect(blocks(adopting, { config, l1Blocks: [old], parent })).toBe('accept')
  })

  test.each([
    ['holocene', 'drop: setCodeBeforeIsthmus'],
    ['isthmus', 'accept'],
  ] as const)('set code only from Isthmus on: %s', (fork: Fork, outcome) => {
    const fields = [rlpUint(901n), ...Array<Uint8Array>(4).fill(new Uint8Array(0))]
    const rest = [new Uint8Array(20), new Uint8Array(0), new Uint8Array(0), [], []]
    const setCode = concatBytes(Uint8Array.of(4), rlpEncode([...fields, ...rest, ...signature()]))
    const batch = span({ transactions: [setCode] })
    expect(blocks(batch, { config: testRollupConfig(fork) })).toBe(outcome)
  })

  test('must repeat the safe chain where they overlap it', () => {
    const batch = span({ parent: 499n, origins: [epoch, nextEpoch] })
    const deposit = Uint8Array.of(0x7e, 0xc0)
    const overlap = (l1OriginNumber: bigint, transactions: readonly Uint8Array[]) =>
      text(checkSpanOverlap(batch, 0, { l1OriginNumber, transactions }))
    expect(overlap(100n, [deposit, transaction])).toBe('accept')
    expect(overlap(101n, [deposit, transaction])).toBe('drop: spanOverlap')
    expect(overlap(100n, [deposit])).toBe('drop: spanOverlap')
    expect(overlap(100n, [deposit, transaction, transaction])).toBe('drop: spanOverlap')
    expect(overlap(100n, [deposit, Uint8Array.of(1)])).toBe('drop: spanOverlap')
  })
})

describe('an accepted span', () => {
  test('gives its new blocks one by one, each on top of the one before', () => {
    const batch = span({ parent: 499n, origins: [epoch, epoch, nextEpoch] })
    const open = new OpenSpan(granite, contextOf({}), batch)
    const first = open.take(safeHead)
    expect(first).toMatchObject({ timestamp: 2_002n, parentHash: safeHead.hash, epochNumber: 100n })
    expect(open.isEmpty).toBe(false)
    const second = open.take(l2Block(501n, epoch))
    expect(second).toMatchObject({ epochNumber: 101n, epochHash: nextEpoch.hash })
    expect(open.isEmpty).toBe(true)
    expect(open.take(l2Block(502n, nextEpoch))).toBeUndefined()
  })

  test('gives nothing on top of another block than it expects', () => {
    expect(new OpenSpan(granite, contextOf({}), span()).take(l2Block(501n, epoch))).toBeUndefined()
  })
})
