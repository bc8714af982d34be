import { describe, expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { testRollupConfig, testSystemConfig } from '../testing/rollupConfig.ts'
import { findPipelineStart, type PipelineStartDeps } from './pipelineStart.ts'

const hash = (kind: string, number: bigint): Hash =>
  `0x${kind}${number.toString(16).padStart(63, '0')}`

// Genesis is at L1 block 10. L1 blocks are 12 s apart, and every epoch has three L2 blocks.
const l1Block = (number: bigint): L1BlockRef => ({
  hash: hash('a', number),
  number,
  parentHash: hash('a', number - 1n),
  timestamp: 1_000n + 12n * (number - 10n),
})

const l2Block = (number: bigint): L2BlockRef => {
  const origin = 10n + number / 3n
  return {
    hash: hash('b', number),
    number,
    parentHash: hash('b', number - 1n),
    timestamp: 1_000n + 2n * number,
    l1Origin: { hash: hash('a', origin), number: origin },
    sequenceNumber: number % 3n,
  }
}

function chain(calls: string[] = []): PipelineStartDeps {
  return {
    l1: {
      async blockRefByHash(wanted) {
        calls.push('l1')
        return l1Block(BigInt(`0x${wanted.slice(3)}`))
      },
    },
    safeChain: {
      async blockRefByNumber(number) {
        calls.push('l2')
        return l2Block(number)
      },
      async systemConfigByHash(wanted) {
        return { ...testSystemConfig, gasLimit: BigInt(`0x${wanted.slice(3)}`) }
      },
    },
  }
}

/** The L1 block at which reading begins, and the L2 block whose system config counts there. */
async function start(config: RollupConfig, safeHead: bigint): Promise<[bigint, bigint]> {
  const { origin, systemConfig } = await findPipelineStart(config, chain(), l2Block(safeHead))
  return [origin.number, systemConfig.gasLimit]
}

describe('a pipeline starts to read L1', () => {
  test('a channel timeout before the safe head’s origin', async () => {
    const config = testRollupConfig('fjord', { channelTimeout: 20n })
    // Block 301 has origin 110; block 242 is the last one of epoch 90.
    expect(await start(config, 301n)).toEqual([90n, 242n])
  })

  test('no earlier than genesis', async () => {
    expect(await start(testRollupConfig('fjord', { channelTimeout: 20n }), 31n)).toEqual([10n, 2n])
    expect(await start(testRollupConfig('fjord'), 0n)).toEqual([10n, 0n])
  })

  test('50 blocks before from Granite on', async () => {
    expect(await start(testRollupConfig('granite'), 301n)).toEqual([60n, 152n])
  })

  test('by the timeout in force where reading begins', async () => {
    const granite = l1Block(100n).timestamp
    const config = (channelTimeout: bigint) =>
      testRollupConfig('fjord', {
        forkTimes: { ...forkTimesUpTo('fjord'), granite },
        channelTimeout,
      })
    expect(await start(config(80n), 301n)).toEqual([30n, 62n])
    expect(await start(config(20n), 301n)).toEqual([90n, 242n])
  })

  test('with one look at each epoch and one at L1', async () => {
    const calls: string[] = []
    await findPipelineStart(testRollupConfig('granite'), chain(calls), l2Block(301n))
    expect(calls.filter((call) => call === 'l2')).toHaveLength(50)
    expect(calls.filter((call) => call === 'l1')).toHaveLength(1)
  })

  test('or not, when the chain that it goes back on has a gap', async () => {
    const { l1, safeChain } = chain()
    const gap = { l1, safeChain: { ...safeChain, blockRefByNumber: async () => undefined } }
    await expect(findPipelineStart(testRollupConfig(), gap, l2Block(301n))).rejects.toMatchObject({
      severity: 'reset',
      code: 'SAFE_CHAIN_GAP',
    })
    const lost = { safeChain, l1: { blockRefByHash: async () => undefined } }
    await expect(findPipelineStart(testRollupConfig(), lost, l2Block(301n))).rejects.toMatchObject({
      severity: 'temporary',
      code: 'ORIGIN_NOT_FOUND',
    })
  })
})
