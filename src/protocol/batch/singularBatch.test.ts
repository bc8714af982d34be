import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { bytesToHex } from '../../base/hex.ts'
import { rlpEncode } from '../../base/rlp.ts'
import { fc } from '../../testing/seededCheck.ts'
import { decodeBatch } from './batch.ts'
import { decodeSingularBatch, encodeSingularBatch, type SingularBatch } from './singularBatch.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex)
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const anyBatch: fc.Arbitrary<SingularBatch> = fc.record({
  type: fc.constant('singular' as const),
  parentHash: hash,
  epochNumber: uint64,
  epochHash: hash,
  timestamp: uint64,
  transactions: fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 4 }),
})

describe('singular batches', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        expect(decodeBatch(encodeSingularBatch(batch))).toEqual(batch)
      }),
    )
  })

  test('ignore what follows the list', () => {
    fc.assert(
      fc.property(anyBatch, fc.uint8Array({ maxLength: 5 }), (batch, trailing) => {
        const content = concatBytes(encodeSingularBatch(batch).subarray(1), trailing)
        expect(decodeSingularBatch(content)).toEqual(batch)
      }),
    )
  })

  test('are refused when cut at any byte', () => {
    const [batch] = fc.sample(anyBatch, { numRuns: 1, seed: 7 })
    const bytes = encodeSingularBatch(batch!)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeBatch(bytes.subarray(0, length))).toThrow(DecodeError)
    }
  })

  test('have exactly five fields', () => {
    expect(() => decodeSingularBatch(rlpEncode([]))).toThrow('RLP list of 5 items')
  })

  test('of an unknown version are refused', () => {
    expect(() => decodeBatch(Uint8Array.of(2, 0xc0))).toThrow('batch version 2')
    expect(() => decodeBatch(new Uint8Array(0))).toThrow('no bytes')
  })
})
