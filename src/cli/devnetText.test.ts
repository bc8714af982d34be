import pico from 'picocolors'
import { expect, test } from 'vitest'
import type { DevnetDescriptor } from '../devnet/options.ts'
import { formatBlock, formatDevnet } from './devnetText.ts'

const plain = pico.createColors(false)

const block = {
  isOfStart: false,
  number: 12n,
  transactionCount: 3,
  gasUsed: 63_000n,
  gasLimit: 60_000_000n,
  l1OriginNumber: 4n,
  sequenceNumber: 2n,
  latenessMs: 3.4,
  safeNumber: 9n,
  finalizedNumber: 2n,
}

test('a block is one line of aligned columns', () => {
  expect(formatBlock(block, plain)).toBe(
    '#12         3 txs      63000 gas (0.1%)  L1 #4+2     safe #9     finalized #2     +3 ms\n',
  )
  const other = formatBlock({ ...block, number: 123n, transactionCount: 1 }, plain)
  expect(other.indexOf('L1')).toBe(formatBlock(block, plain).indexOf('L1'))
})

test('a block that is late stands out', () => {
  const colors = pico.createColors(true)
  const late = formatBlock({ ...block, latenessMs: 250 }, colors)
  expect(late).toContain(colors.yellow('+250 ms'))
})

test('a block that waited for the devnet to start is not called late', () => {
  const starting = { ...block, isOfStart: true }
  expect(formatBlock({ ...starting, latenessMs: 900 }, plain)).toMatch(/ starting\n$/)
  expect(formatBlock({ ...starting, latenessMs: 9 }, plain)).toMatch(/ \+9 ms\n$/)
})

test('the table names every endpoint, file, contract and account', () => {
  const hash = `0x${'11'.repeat(20)}` as const
  const devnet = {
    l1: {
      rpcUrl: 'http://127.0.0.1:8545',
      wsUrl: 'ws://127.0.0.1:8545',
      beaconUrl: 'http://127.0.0.1:8545',
      chainId: 900,
      contracts: { optimismPortal: hash } as DevnetDescriptor['l1']['contracts'],
    },
    l2: {
      rpcUrl: 'http://127.0.0.1:9545',
      wsUrl: 'ws://127.0.0.1:9545',
      engineUrl: 'http://127.0.0.1:8551',
      jwtSecretPath: '/state/jwt.hex',
      chainId: 901,
    },
    node: { rpcUrl: 'http://127.0.0.1:7545' },
    control: { rpcUrl: 'http://127.0.0.1:7500' },
    verifier: {
      rpcUrl: 'http://127.0.0.1:7546',
      l2: {
        rpcUrl: 'http://127.0.0.1:9546',
        wsUrl: 'ws://127.0.0.1:9546',
        engineUrl: 'http://127.0.0.1:8552',
      },
    },
    rollupConfigPath: '/state/rollup.json',
    genesisPath: '/state/genesis.json',
    accounts: [{ address: `0x${'22'.repeat(20)}`, privateKey: `0x${'33'.repeat(32)}` }],
  } as const satisfies DevnetDescriptor
  const text = formatDevnet(devnet, plain)
  const leaves = JSON.stringify(devnet).match(/"(http|0x|\/)[^"]*"/g)!
  for (const leaf of leaves) expect(text).toContain(JSON.parse(leaf))
})
