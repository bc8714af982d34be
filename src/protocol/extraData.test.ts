import { describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import { decodeExtraData, encodeExtraData, extraDataForAttributes } from './extraData.ts'

const holocene = { forkTimes: forkTimesUpTo('holocene') }
const jovian = { forkTimes: forkTimesUpTo('jovian') }
const chain = { eip1559Elasticity: 6n, eip1559Denominator: 50n, eip1559DenominatorCanyon: 250n }

test('it is read as it was written', () => {
  const ofHolocene = { denominator: 250, elasticity: 6, minBaseFee: undefined }
  expect(decodeExtraData(holocene, 1n, encodeExtraData(ofHolocene))).toEqual(ofHolocene)
  const ofJovian = { denominator: 0xffff_ffff, elasticity: 1, minBaseFee: 2n ** 64n - 1n }
  expect(decodeExtraData(jovian, 1n, encodeExtraData(ofJovian))).toEqual(ofJovian)
})

test('it means nothing before Holocene', () => {
  const extraData = hexToBytes('0xffff')
  expect(decodeExtraData({ forkTimes: forkTimesUpTo('granite') }, 1n, extraData)).toBeUndefined()
})

describe('a header is refused', () => {
  test.each([
    ['without any', holocene, '0x'],
    ["with Jovian's under Holocene", holocene, '0x01000000fa000000060000000000000000'],
    ["with Holocene's under Jovian", jovian, '0x00000000fa00000006'],
    ['with version 1 in 9 bytes', holocene, '0x01000000fa00000006'],
    ['with version 0 in 17 bytes', jovian, '0x00000000fa000000060000000000000000'],
    ['with a denominator of 0', holocene, '0x000000000000000006'],
    ['with an elasticity of 0', jovian, '0x01000000fa000000000000000000000000'],
  ] as const)('%s', (_, schedule, hex) => {
    expect(() => decodeExtraData(schedule, 1n, hexToBytes(hex))).toThrow(
      expect.objectContaining({ code: 'EXTRA_DATA' }),
    )
  })
})

describe('attributes', () => {
  const params = (hex: `0x${string}`) => hexToBytes(hex)

  test('give what they ask for, or the constants for zeros', () => {
    const asked = { timestamp: 1n, eip1559Params: params('0x0000000a00000002'), minBaseFee: 5n }
    expect(bytesToHex(extraDataForAttributes(jovian, chain, asked))).toBe(
      '0x010000000a000000020000000000000005',
    )
    const zeros = { ...asked, eip1559Params: new Uint8Array(8) }
    expect(bytesToHex(extraDataForAttributes(jovian, chain, zeros))).toBe(
      '0x01000000fa000000060000000000000005',
    )
  })

  test('give nothing before Holocene', () => {
    const none = { timestamp: 1n, eip1559Params: undefined, minBaseFee: undefined }
    const granite = { forkTimes: forkTimesUpTo('granite') }
    expect(extraDataForAttributes(granite, chain, none)).toHaveLength(0)
  })

  test.each([
    ['no parameters', undefined, 0n, 'EIP1559_PARAMS'],
    ['seven bytes', params('0x00000000000000'), 0n, 'EIP1559_PARAMS'],
    ['a denominator of 0', params('0x0000000000000006'), 0n, 'EIP1559_PARAMS'],
    ['an elasticity of 0', params('0x0000000600000000'), 0n, 'EIP1559_PARAMS'],
    ['no minimum fee', new Uint8Array(8), undefined, 'MIN_BASE_FEE'],
  ])('are refused under Jovian with %s', (_, eip1559Params, minBaseFee, code) => {
    const attributes = { timestamp: 1n, eip1559Params, minBaseFee }
    expect(() => extraDataForAttributes(jovian, chain, attributes)).toThrow(
      expect.objectContaining({ code }),
    )
  })

  test('are refused when they are of a later fork', () => {
    const ofJovian = { timestamp: 1n, eip1559Params: new Uint8Array(8), minBaseFee: 0n }
    expect(() => extraDataForAttributes(holocene, chain, ofJovian)).toThrow(/before Jovian/)
    const granite = { forkTimes: forkTimesUpTo('granite') }
    expect(() => extraDataForAttributes(granite, chain, ofJovian)).toThrow(/before Holocene/)
  })
})
