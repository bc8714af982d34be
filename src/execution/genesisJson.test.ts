import { describe, expect, it } from 'vitest'
import { hexToBytes, zeroHash } from '../base/hex.ts'
import { genesisFromJson, parseGenesis } from './genesisJson.ts'

const minimal = {
  config: {
    chainId: 901,
    regolithTime: 0,
    canyonTime: '0x10',
    optimism: { eip1559Elasticity: 6, eip1559Denominator: 50 },
  },
  alloc: {
    '00000000000000000000000000000000000000AA': {
      balance: '1000',
      nonce: '0x2',
      code: '0x5f',
      storage: { '0x0': '0x01' },
    },
  },
  timestamp: '0x20',
}

describe('genesisFromJson', () => {
  it('reads what op-geth reads', () => {
    const genesis = genesisFromJson(minimal)
    expect(genesis.chain).toEqual({
      chainId: 901n,
      forkTimes: { regolith: 0n, canyon: 16n },
      chainOpConfig: {
        eip1559Elasticity: 6n,
        eip1559Denominator: 50n,
        eip1559DenominatorCanyon: 50n,
      },
    })
    expect(genesis.accounts.get('0x00000000000000000000000000000000000000aa')).toEqual({
      balance: 1000n,
      nonce: 2n,
      code: hexToBytes('0x5f'),
      storage: new Map([[zeroHash, Uint8Array.of(1)]]),
    })
    expect(genesis.header.timestamp).toBe(32n)
  })

  it.each<[string, object]>([
    ['config.chainId', { config: { ...minimal.config, chainId: 'ten' } }],
    ['config.optimism', { config: { ...minimal.config, optimism: undefined } }],
    ['config.narrowsTime', { config: { ...minimal.config, narrowsTime: 5 } }],
    ['alloc', { alloc: { '0xaa': {} } }],
    ['alloc.0x', { alloc: { [`0x${'aa'.repeat(20)}`]: { balance: '-1' } } }],
    ['coinbase', { coinbase: '0x1234' }],
  ])('names %s when it is wrong', (field, changes) => {
    expect(() => genesisFromJson({ ...minimal, ...changes })).toThrowError(
      expect.objectContaining({
        code: 'GENESIS_INVALID',
        exitCode: 3,
        shortMessage: expect.stringContaining(field),
      }),
    )
  })

  it('says so when the file is not JSON', () => {
    expect(() => parseGenesis('{')).toThrowError(/is not JSON/)
  })
})
