import { describe, expect, test } from 'vitest'
import { bigIntToBytes, concatBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Hash, hexToBytes, zeroHash } from '../base/hex.ts'
import { fc } from '../testing/seededCheck.ts'
import { type DepositLog, decodeDepositLog, depositEventTopic, isDepositLog } from './depositLog.ts'

const l1BlockHash: Hash = `0x${'aa'.repeat(32)}`
const from: Hash = `0x${'00'.repeat(12)}${'11'.repeat(20)}`
const to: Hash = `0x${'00'.repeat(12)}${'22'.repeat(20)}`

function opaque(isCreation: number, data: Uint8Array): Uint8Array {
  return concatBytes(
    bigIntToBytes(5n, 32),
    bigIntToBytes(6n, 32),
    bigIntToBytes(7n, 8),
    Uint8Array.of(isCreation),
    data,
  )
}

function logOf(content: Uint8Array, changes: Partial<DepositLog> = {}): DepositLog {
  const padding = new Uint8Array((32 - (content.length % 32)) % 32)
  const head = [bigIntToBytes(32n, 32), bigIntToBytes(BigInt(content.length), 32)]
  return {
    topics: [depositEventTopic, from, to, zeroHash],
    data: concatBytes(...head, content, padding),
    logIndex: 3n,
    ...changes,
  }
}

test('a call carries its recipient, a creation none', () => {
  const data = hexToBytes('0xabcdef')
  expect(decodeDepositLog(logOf(opaque(0, data)), l1BlockHash)).toMatchObject({
    from: `0x${'11'.repeat(20)}`,
    to: `0x${'22'.repeat(20)}`,
    mint: 5n,
    value: 6n,
    gas: 7n,
    isSystemTransaction: false,
    data,
  })
  expect(decodeDepositLog(logOf(opaque(1, data)), l1BlockHash).to).toBeUndefined()
})

test('data of any length is read to its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      expect(decodeDepositLog(logOf(opaque(0, data)), l1BlockHash).data).toEqual(data)
    }),
  )
})

test('two logs of a block make deposits of different sources', () => {
  const first = decodeDepositLog(logOf(opaque(0, new Uint8Array(0))), l1BlockHash)
  const second = decodeDepositLog(
    logOf(opaque(0, new Uint8Array(0)), { logIndex: 4n }),
    l1BlockHash,
  )
  expect(first.sourceHash).not.toBe(second.sourceHash)
})

test('a log cut short at any byte is refused', () => {
  const log = logOf(opaque(0, new Uint8Array(23).fill(1)))
  for (let length = 0; length < log.data.length; length++) {
    const cut = { ...log, data: log.data.subarray(0, length) }
    expect(() => decodeDepositLog(cut, l1BlockHash), `${length}`).toThrow(DecodeError)
  }
})

describe('a malformed log is recognized and refused', () => {
  const content = opaque(0, new Uint8Array(0))
  const topics = [depositEventTopic, from, to, zeroHash] as const
  const withWord = (index: number, value: bigint): Partial<DepositLog> => {
    const { data } = logOf(content)
    const changed = data.slice()
    changed.set(bigIntToBytes(value, 32), 32 * index)
    return { data: changed }
  }
  test.each<[string, Partial<DepositLog>, RegExp]>([
    ['three topics', { topics: topics.slice(0, 3) }, /expected 4 topics, got 3/],
    ['an unknown version', { topics: [...topics.slice(0, 3), from] }, /unknown version/],
    ['an offset that is not 32', withWord(0, 64n), /must begin at byte 32, got 64/],
    ['a length beyond the data', withWord(1, 200n), /says 200 bytes/],
    ['a length with a word to spare', withWord(1, 64n), /says 64 bytes/],
    ['a length of 2 ** 255', withWord(1, 2n ** 255n), /padded bytes follow/],
  ])('%s', (_, changes, message) => {
    const log = logOf(content, changes)
    expect(isDepositLog(log)).toBe(true)
    expect(() => decodeDepositLog(log, l1BlockHash)).toThrow(message)
  })

  test('opaque data of 72 bytes', () => {
    expect(() => decodeDepositLog(logOf(content.subarray(0, 72)), l1BlockHash)).toThrow(
      /at least 73 bytes, got 72/,
    )
  })

  test('another event is no deposit', () => {
    const log = logOf(content, { topics: [zeroHash, from, to, zeroHash] })
    expect(isDepositLog(log)).toBe(false)
    expect(() => decodeDepositLog(log, l1BlockHash)).toThrow(/unknown event/)
  })
})
