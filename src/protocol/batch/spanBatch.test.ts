import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { bytesToHex } from '../../base/hex.ts'
import { type RlpItem, rlpEncode, rlpUint } from '../../base/rlp.ts'
import { fc } from '../../testing/seededCheck.ts'
import type { SingularBatch } from './singularBatch.ts'
import { decodeSpanBatch, SpanBatch, type SpanBatchChain } from './spanBatch.ts'
import { encodeSpanBatch, SpanBatchEncoder } from './spanBatchEncoder.ts'
import { decodeSpanBatchLayout } from './spanBatchLayout.ts'
import { encodeUvarint } from './varint.ts'

const chain: SpanBatchChain = { genesisTime: 1_000n, blockTime: 2n, l2ChainId: 901n }

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n }).map(rlpUint)
const to = fc.oneof(bytes(20), fc.constant(new Uint8Array(0)))
const data = fc.uint8Array({ maxLength: 90 })
const accessList: fc.Arbitrary<RlpItem> = fc.array(
  fc.tuple(bytes(20), fc.array(bytes(32), { maxLength: 2 })),
  { maxLength: 2 },
)
const authorization = fc.tuple(uint(256n), bytes(20), uint(64n), uint(1n), uint(256n), uint(256n))
const parity = fc.constantFrom(0n, 1n)
const chainIdItem = rlpUint(chain.l2ChainId)

const legacy = fc
  .tuple(uint(64n), uint(256n), uint(64n), to, uint(256n), data, fc.boolean(), parity)
  .chain(([nonce, price, gas, target, value, input, isProtected, y]) =>
    signed([nonce, price, gas, target, value, input], isProtected ? 2n * 901n + 35n + y : 27n + y),
  )
const accessListTx = fc
  .tuple(uint(64n), uint(256n), uint(64n), to, uint(256n), data, accessList)
  .chain((fields) => parity.chain((y) => signed([chainIdItem, ...fields], y, 1)))
const dynamicFee = fc
  .tuple(uint(64n), uint(256n), uint(256n), uint(64n), to, uint(256n), data, accessList)
  .chain((fields) => parity.chain((y) => signed([chainIdItem, ...fields], y, 2)))
const setCode = fc
  .tuple(uint(64n), uint(256n), uint(256n), uint(64n), bytes(20), uint(256n), data, accessList)
  .chain((fields) =>
    fc
      .tuple(fc.array(authorization, { maxLength: 2 }), parity)
      .chain(([list, y]) => signed([chainIdItem, ...fields, list], y, 4)),
  )
const anyTransaction = fc.oneof(legacy, accessListTx, dynamicFee, setCode)

function signed(fields: readonly RlpItem[], v: bigint, type?: number): fc.Arbitrary<Uint8Array> {
  return fc.tuple(uint(256n), uint(256n)).map(([r, s]) => {
    const list = rlpEncode([...fields, rlpUint(v), r, s])
    return type === undefined ? list : concatBytes(Uint8Array.of(type), list)
  })
}

interface Span {
  readonly blocks: readonly SingularBatch[]
  readonly firstBeginsEpoch: boolean
}

const anySpan: fc.Arbitrary<Span> = fc
  .tuple(
    bytes(32).map(bytesToHex),
    bytes(32).map(bytesToHex),
    fc.boolean(),
    fc.array(fc.tuple(fc.boolean(), fc.array(anyTransaction, { maxLength: 4 })), {
      minLength: 1,
      maxLength: 12,
    }),
  )
  .map(([parentHash, epochHash, firstBeginsEpoch, shapes]) => {
    let epochNumber = 500n
    const blocks = shapes.map(([beginsEpoch, transactions], index): SingularBatch => {
      if (index > 0 && beginsEpoch) epochNumber++
      const timestamp = 5_000n + 2n * BigInt(index)
      return { type: 'singular', parentHash, epochNumber, epochHash, timestamp, transactions }
    })
    return { blocks, firstBeginsEpoch }
  })

function contentOf({ blocks, firstBeginsEpoch }: Span): Uint8Array {
  return encodeSpanBatch(blocks, chain, firstBeginsEpoch).subarray(1)
}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
}

describe('a span batch', () => {
  test('gives back its blocks and every byte of their transactions', () => {
    fc.assert(
      fc.property(anySpan, (input) => {
        const span = decodeSpanBatch(contentOf(input), chain)
        expect(span.blockCount).toBe(input.blocks.length)
        for (const [index, block] of input.blocks.entries()) {
          expect(span.timestamp(index)).toBe(block.timestamp)
          expect(span.epochNumber(index)).toBe(block.epochNumber)
          expect(span.transactionCount(index)).toBe(block.transactions.length)
          expect(span.transactions(index)).toEqual(block.transactions)
        }
        expect(span.parentCheck).toBe(input.blocks[0]!.parentHash.slice(0, 42))
        expect(span.l1OriginCheck).toBe(input.blocks[0]!.epochHash.slice(0, 42))
        expect(span.lastTimestamp).toBe(input.blocks.at(-1)!.timestamp)
        expect(span.lastEpochNumber).toBe(input.blocks.at(-1)!.epochNumber)
      }),
    )
  })

  test('is refused when cut at any byte', () => {
    for (const input of fc.sample(anySpan, { numRuns: 5, seed: 11 })) {
      const content = contentOf(input)
      for (let length = 0; length < content.length; length++) {
        const outcome = codeOf(() => decodeSpanBatch(content.subarray(0, length), chain))
        expect(outcome).not.toBe('accepted')
      }
    }
  })

  test('decodes with any byte changed, or throws a DecodeError', () => {
    const [input] = fc.sample(anySpan, { numRuns: 1, seed: 3 })
    const content = contentOf(input!)
    fc.assert(
      fc.property(fc.nat(content.length - 1), fc.nat(255), (index, value) => {
        const altered = content.slice()
        altered[index] = value
        codeOf(() => decodeSpanBatch(altered, chain))
      }),
      { numRuns: 500 },
    )
  })

  test('may be followed by more bytes', () => {
    const [input] = fc.sample(anySpan, { numRuns: 1, seed: 5 })
    const content = contentOf(input!)
    const longer = concatBytes(content, Uint8Array.of(1, 2, 3))
    expect(decodeSpanBatch(longer, chain).txCount).toBe(decodeSpanBatch(content, chain).txCount)
  })

  test('may not be empty', () => {
    const content = concatBytes(new Uint8Array(42), Uint8Array.of(0))
    expect(codeOf(() => decodeSpanBatchLayout(content))).toBe('SPAN_EMPTY')
    expect(codeOf(() => new SpanBatchEncoder(chain).encode())).toBe('SPAN_EMPTY')
  })

  test('claims no more elements than allowed, and allocates nothing for a claim', () => {
    const prefix = new Uint8Array(42)
    const blocks = (count: bigint) => concatBytes(prefix, encodeUvarint(count))
    expect(codeOf(() => decodeSpanBatchLayout(blocks(10_000_001n)))).toBe('SPAN_TOO_LARGE')
    expect(codeOf(() => decodeSpanBatchLayout(blocks(2n ** 63n)))).toBe('SPAN_TOO_LARGE')
    expect(codeOf(() => decodeSpanBatchLayout(blocks(10_000_000n)))).toBe('BITLIST_SHORT')
    const oneBlock = concatBytes(prefix, Uint8Array.of(1, 0))
    const txs = (count: bigint) => concatBytes(oneBlock, encodeUvarint(count))
    expect(codeOf(() => decodeSpanBatchLayout(txs(10_000_001n)))).toBe('SPAN_TOO_LARGE')
    const bits = new Uint8Array(2_500_000)
    expect(codeOf(() => decodeSpanBatchLayout(concatBytes(txs(10_000_000n), bits)))).toBe(
      'SPAN_SHORT',
    )
    const twoBlocks = concatBytes(prefix, Uint8Array.of(2, 0))
    const sum = concatBytes(twoBlocks, encodeUvarint(6_000_000n), encodeUvarint(6_000_000n))
    expect(codeOf(() => decodeSpanBatchLayout(sum))).toBe('SPAN_TOO_LARGE')
  })
})

describe('a transaction of a span batch', () => {
  const zero = new Uint8Array(0)

  /** A span of one block with one transaction, its data given by hand. */
  function rebuild(txData: Uint8Array, createsContract = false): string {
    const content = concatBytes(
      new Uint8Array(42),
      Uint8Array.of(1, 0, 1, createsContract ? 1 : 0, 0),
      new Uint8Array(64),
      createsContract ? zero : new Uint8Array(20),
      txData,
      Uint8Array.of(0, 0, 0),
    )
    const layout = decodeSpanBatchLayout(content)
    return codeOf(() => new SpanBatch(layout, chain))
  }
  const typed = (type: number, ...fields: readonly RlpItem[]) =>
    concatBytes(Uint8Array.of(type), rlpEncode(fields))

  test('has a type that can be sequenced', () => {
    expect(rebuild(rlpEncode([zero, zero, zero]))).toBe('accepted')
    expect(rebuild(typed(3, zero, zero, zero, zero, []))).toBe('SPAN_TX_TYPE')
    expect(rebuild(typed(0x7e, zero, zero, zero))).toBe('SPAN_TX_TYPE')
    expect(rebuild(typed(0, zero, zero, zero))).toBe('SPAN_TX_TYPE')
  })

  test('has the fields of its type, no more and no fewer', () => {
    expect(rebuild(typed(2, zero, zero, zero, zero, []))).toBe('accepted')
    expect(rebuild(typed(2, zero, zero, zero, []))).toBe('SPAN_TX_FIELD')
    expect(rebuild(typed(2, zero, zero, zero, zero, [], zero))).toBe('SPAN_TX_FIELD')
    expect(rebuild(rlpEncode([zero, zero]))).toBe('RLP_SHORT')
  })

  test('has canonical integers of 256 bits', () => {
    expect(rebuild(rlpEncode([Uint8Array.of(0), zero, zero]))).toBe('SPAN_TX_FIELD')
    expect(rebuild(rlpEncode([Uint8Array.of(0, 1), zero, zero]))).toBe('SPAN_TX_FIELD')
    expect(rebuild(rlpEncode([new Uint8Array(33).fill(1), zero, zero]))).toBe('SPAN_TX_FIELD')
    expect(rebuild(rlpEncode([new Uint8Array(32).fill(1), zero, zero]))).toBe('accepted')
  })

  test('has a well-formed access list and authorization list', () => {
    const entry: RlpItem = [new Uint8Array(20), [new Uint8Array(32)]]
    expect(rebuild(typed(1, zero, zero, zero, [entry]))).toBe('accepted')
    expect(rebuild(typed(1, zero, zero, zero, [[new Uint8Array(19), []]]))).toBe('SPAN_TX_FIELD')
    expect(rebuild(typed(1, zero, zero, zero, [[new Uint8Array(20), [zero]]]))).toBe(
      'SPAN_TX_FIELD',
    )
    expect(rebuild(typed(1, zero, zero, zero, [[...entry, zero]]))).toBe('SPAN_TX_FIELD')
    const consent = [zero, new Uint8Array(20), zero, zero, zero, zero]
    expect(rebuild(typed(4, zero, zero, zero, zero, [], [consent]))).toBe('accepted')
    expect(rebuild(typed(4, zero, zero, zero, zero, [], [consent.slice(1)]))).toBe('SPAN_TX_FIELD')
  })

  test('of type SetCode has a recipient', () => {
    expect(rebuild(typed(4, zero, zero, zero, zero, [], []), true)).toBe('SPAN_TX_TO')
  })

  test('has data that is a list', () => {
    expect(() => rebuild(rlpEncode(new Uint8Array(3)))).toThrow('no RLP list')
  })
})

describe('the encoder', () => {
  const block: SingularBatch = {
    type: 'singular',
    parentHash: `0x${'01'.repeat(32)}`,
    epochNumber: 5n,
    epochHash: `0x${'02'.repeat(32)}`,
    timestamp: 1_010n,
    transactions: [],
  }
  const append = (...blocks: readonly SingularBatch[]) =>
    codeOf(() => encodeSpanBatch(blocks, chain, true))

  test('encodes the first blocks of many as if there were no others', () => {
    fc.assert(
      fc.property(anySpan, ({ blocks, firstBeginsEpoch }) => {
        const encoder = new SpanBatchEncoder(chain)
        for (const [index, block] of blocks.entries()) {
          const before = blocks[index - 1]
          encoder.append(block, before ? block.epochNumber > before.epochNumber : firstBeginsEpoch)
        }
        for (let count = 1; count <= blocks.length; count++) {
          const expected = encodeSpanBatch(blocks.slice(0, count), chain, firstBeginsEpoch)
          expect(encoder.encode(count)).toEqual(expected)
          expect(encoder.encodedLength(count)).toBe(expected.length)
        }
      }),
    )
  })

  test('wants blocks in order', () => {
    expect(append(block, { ...block, timestamp: 1_012n })).toBe('accepted')
    expect(append(block, { ...block, timestamp: 1_014n })).toBe('SPAN_ORDER')
  })

  test('refuses transactions that a span batch cannot give back', () => {
    const withV = (v: bigint) => {
      const fields = [...Array<Uint8Array>(6).fill(new Uint8Array(0)), rlpUint(v)]
      return rlpEncode([...fields, Uint8Array.of(1), Uint8Array.of(1)])
    }
    expect(append({ ...block, transactions: [withV(27n)] })).toBe('accepted')
    expect(append({ ...block, transactions: [withV(2n * 901n + 36n)] })).toBe('accepted')
    expect(append({ ...block, transactions: [withV(37n)] })).toBe('SPAN_TX_CHAIN')
    expect(append({ ...block, transactions: [Uint8Array.of(0x7e, 0xc0)] })).toBe('SPAN_TX_TYPE')
    const typed = [rlpUint(901n), ...Array<Uint8Array>(6).fill(new Uint8Array(0)), []]
    const badParity = rlpEncode([...typed, Uint8Array.of(2), Uint8Array.of(1), Uint8Array.of(1)])
    const transactions = [concatBytes(Uint8Array.of(1), badParity)]
    expect(append({ ...block, transactions })).toBe('SPAN_TX_V')
  })
})
