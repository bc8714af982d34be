import { describe, expect, test } from 'vitest'
import { devnetL1Chain, knownL1Chain, parseL1ChainConfig } from './l1Chain.ts'

test('public chains are known by id, others are not', () => {
  expect(knownL1Chain(1n)?.blobSchedule.at(-1)?.updateFraction).toBe(11_684_671n)
  expect(knownL1Chain(11155111n)).toBeDefined()
  expect(knownL1Chain(900n)).toBeUndefined()
})

test('a chain of our own has the rules of Osaka from genesis', () => {
  expect(devnetL1Chain(900n)).toEqual({
    chainId: 900n,
    osakaTime: 0n,
    blobSchedule: [{ since: 0n, updateFraction: 5_007_716n }],
  })
})

const config = {
  chainId: 900,
  cancunTime: 0,
  osakaTime: 50,
  bpo1Time: 60,
  bpo9Time: 70,
  blobSchedule: {
    osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
    bpo9: { target: 1, max: 2, baseFeeUpdateFraction: 7 },
  },
}
const expected = {
  chainId: 900n,
  osakaTime: 50n,
  blobSchedule: [
    { since: 0n, updateFraction: 3_338_477n },
    { since: 50n, updateFraction: 5_007_716n },
    { since: 60n, updateFraction: 8_346_193n },
    { since: 70n, updateFraction: 7n },
  ],
}

test("an L1 client's chain config is read, alone or inside its genesis", () => {
  expect(parseL1ChainConfig(JSON.stringify(config))).toEqual(expected)
  expect(parseL1ChainConfig(JSON.stringify({ config, alloc: {} }))).toEqual(expected)
})

describe('a config that cannot be used is refused', () => {
  test.each([
    ['no JSON', '{', /is not JSON/],
    ['no chain id', '{}', /chainId: expected a whole number/],
    ['a bad time', JSON.stringify({ ...config, pragueTime: 'soon' }), /pragueTime/],
    [
      'a fraction of 0',
      JSON.stringify({ ...config, blobSchedule: { osaka: { baseFeeUpdateFraction: 0 } } }),
      /blobSchedule\.osaka/,
    ],
  ])('%s', (_, text, message) => {
    expect(() => parseL1ChainConfig(text)).toThrow(message)
  })
})
