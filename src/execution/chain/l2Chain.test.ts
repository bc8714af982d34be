import { describe, expect, it } from 'vitest'
import { predeploys } from '../../chain/addresses.ts'
import { emptyTrieRoot } from '../../protocol/header.ts'
import { openTestChain, testGenesis, testGenesisTime } from '../../testing/executionChain.ts'
import { testL1InfoTransaction, testOrigin } from '../../testing/payloads.ts'
import { testRollupConfig, testSystemConfig } from '../../testing/rollupConfig.ts'

const origin = testOrigin(11n, `0x${'e1'.repeat(32)}`, testGenesisTime + 1n)

/** A chain of the rollup, with one block that begins with its L1-attributes transaction. */
async function openRollup(fork: 'granite' | 'karst') {
  const storage = { [`0x${'0'.repeat(64)}`]: `0x${'0'.repeat(63)}1` }
  const alloc = { [predeploys.l2ToL1MessagePasser]: { balance: '0x0', storage } }
  const genesis = testGenesis({ fork, alloc })
  const probe = await openTestChain({ genesis })
  const config = testRollupConfig(fork)
  const l2 = { hash: probe.stack.chain.genesis.hash, number: 0n }
  const rollup = { ...config, genesis: { ...config.genesis, l2, l2Time: testGenesisTime } }
  const chain = await openTestChain({ genesis, rollup })
  const timestamp = testGenesisTime + 2n
  const l1Info = testL1InfoTransaction(rollup, testSystemConfig, origin, 0n, timestamp)
  const older = fork === 'granite' && { eip1559Params: undefined, minBaseFee: undefined }
  const envelope = await chain.extend({ transactions: [l1Info], ...older })
  return { rollup, l2Chain: chain.stack.l2Chain, payload: envelope.executionPayload }
}

describe('the chain as the rollup node reads it', () => {
  it('traces blocks to L1', async () => {
    const { rollup, l2Chain, payload } = await openRollup('karst')
    const ref = await l2Chain.blockRefByLabel('latest')
    expect(ref).toEqual({
      hash: payload.blockHash,
      number: 1n,
      parentHash: rollup.genesis.l2.hash,
      timestamp: testGenesisTime + 2n,
      l1Origin: { hash: origin.ref.hash, number: 11n },
      sequenceNumber: 0n,
    })
    expect(await l2Chain.blockRefByHash(payload.blockHash)).toEqual(ref)
    expect(await l2Chain.blockRefByNumber(1n)).toEqual(ref)
    expect(await l2Chain.blockRefByNumber(2n)).toBeUndefined()
    expect((await l2Chain.blockRefByNumber(0n))?.l1Origin).toEqual(rollup.genesis.l1)
  })

  it('rebuilds the system config from a block', async () => {
    const { l2Chain, payload } = await openRollup('karst')
    expect(await l2Chain.systemConfigByHash(payload.blockHash)).toMatchObject({
      batcherAddress: testSystemConfig.batcherAddress,
      gasLimit: payload.gasLimit,
      operatorFeeScalar: testSystemConfig.operatorFeeScalar,
    })
  })

  it.each(['granite', 'karst'] as const)(
    'gives the roots of the output, from state or header, under %s',
    async (fork) => {
      const { l2Chain, payload } = await openRollup(fork)
      const { stateRoot, withdrawalStorageRoot } = await l2Chain.outputRootsByHash(
        payload.blockHash,
      )
      expect(stateRoot).toBe(payload.stateRoot)
      expect(withdrawalStorageRoot).not.toBe(emptyTrieRoot)
      if (fork === 'karst') expect(withdrawalStorageRoot).toBe(payload.withdrawalsRoot)
      const other = await openRollup(fork === 'karst' ? 'granite' : 'karst')
      const roots = await other.l2Chain.outputRootsByHash(other.payload.blockHash)
      expect(roots.withdrawalStorageRoot).toBe(withdrawalStorageRoot)
    },
  )
})
