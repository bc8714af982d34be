import { expect, it } from 'vitest'
import { headerToEnvelope } from '../protocol/payloadHeader.ts'
import { testHeader } from '../testing/payloads.ts'
import { isSamePayload } from './samePayload.ts'

const envelope = headerToEnvelope(testHeader({ nonce: new Uint8Array(8) }), [Uint8Array.of(1, 2)])

it('two payloads are the same when all their fields are', () => {
  expect(isSamePayload(envelope, structuredClone(envelope))).toBe(true)
})

it.each([
  ['stateRoot', `0x${'99'.repeat(32)}`],
  ['gasUsed', 1n],
  ['transactions', [Uint8Array.of(1, 3)]],
  ['transactions', []],
  ['extraData', new Uint8Array(1)],
  ['withdrawals', undefined],
])('another %s makes them different', (field, value) => {
  const executionPayload = { ...envelope.executionPayload, [field]: value }
  expect(isSamePayload(envelope, { ...envelope, executionPayload })).toBe(false)
  expect(isSamePayload({ ...envelope, executionPayload }, envelope)).toBe(false)
})
