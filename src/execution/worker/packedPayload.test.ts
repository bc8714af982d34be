import { expect, it } from 'vitest'
import { headerToEnvelope } from '../../protocol/payloadHeader.ts'
import { testHeader } from '../../testing/payloads.ts'
import { fc } from '../../testing/seededCheck.ts'
import { packPayload, transferablesOf, unpackPayload } from './packedPayload.ts'

it('arrives in another thread as it was, and stays where it came from', () => {
  const transactions = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 })
  fc.assert(
    fc.property(transactions, (raws) => {
      const envelope = headerToEnvelope(testHeader(), raws)
      const packed = packPayload(envelope)
      const arrived = structuredClone(packed, { transfer: transferablesOf(packed) })
      expect(unpackPayload(arrived)).toEqual(envelope)
      expect(envelope.executionPayload.transactions).toBe(raws)
      expect(packed.transactions.length).toBe(0)
    }),
  )
})
