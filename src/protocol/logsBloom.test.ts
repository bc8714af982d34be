import { expect, test } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import { bloomMayContain, logsBloom, mergeBloom } from './logsBloom.ts'

const address = '0x095e7baea6a6c7c4c2dfeb977efac326af552d87' as const
const topic = `0x${'00'.repeat(32)}` as const
const other = '0x00000000000000000000000000000000000000ff' as const

test('no logs leave no mark', () => {
  expect(logsBloom([])).toEqual(new Uint8Array(256))
})

test('what was added is found', () => {
  const bloom = logsBloom([{ address, topics: [topic] }])
  expect(bloomMayContain(bloom, address)).toBe(true)
  expect(bloomMayContain(bloom, topic)).toBe(true)
  expect(bloomMayContain(bloom, other)).toBe(false)
})

test('blooms of two logs join to the bloom of both', () => {
  const bloom = logsBloom([{ address, topics: [] }])
  mergeBloom(bloom, logsBloom([{ address: other, topics: [topic] }]))
  const both = logsBloom([
    { address, topics: [] },
    { address: other, topics: [topic] },
  ])
  expect(bytesToHex(bloom)).toBe(bytesToHex(both))
})
