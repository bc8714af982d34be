import { describe, expect, it } from 'vitest'
import type { DerivedAttributes } from '../../derive/derivedAttributes.ts'
import { fakeGenesis } from '../../testing/fakeEngine.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { fc } from '../../testing/seededCheck.ts'
import { packAttributes, unpackAttributes } from './messages.ts'

function derived(transactions: readonly Uint8Array[]): DerivedAttributes {
  const { executionPayload } = fakeGenesis(testRollupConfig())
  const { blockHash: hash, parentHash, timestamp, gasLimit, prevRandao } = executionPayload
  return {
    attributes: {
      ...{ timestamp, prevRandao, gasLimit, transactions, noTxPool: true },
      suggestedFeeRecipient: executionPayload.feeRecipient,
      withdrawals: [],
      parentBeaconBlockRoot: hash,
      eip1559Params: new Uint8Array(8),
      minBaseFee: 1n,
    },
    parent: {
      ...{ hash, parentHash, timestamp, number: 4n, sequenceNumber: 0n },
      l1Origin: { hash, number: 1n },
    },
    derivedFrom: { hash, parentHash, timestamp, number: 7n },
    isConcluding: true,
  }
}

describe('packed attributes', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (transactions) => {
        const attributes = derived(transactions)
        expect(unpackAttributes(packAttributes(attributes))).toEqual(attributes)
      }),
    )
  })

  it('carry the transactions and nothing of the channel that they are views of', () => {
    const channel = new Uint8Array(1_000_000)
    const packed = packAttributes(derived([channel.subarray(10, 20), channel.subarray(500, 540)]))
    expect(packed.bytes.buffer.byteLength).toBe(50)
  })

  it('change hands instead of being copied', () => {
    const packed = packAttributes(derived([new Uint8Array(100)]))
    const received = structuredClone(packed, { transfer: [packed.bytes.buffer] })
    expect(packed.bytes.byteLength).toBe(0)
    expect(unpackAttributes(received).attributes.transactions[0]).toHaveLength(100)
  })
})
