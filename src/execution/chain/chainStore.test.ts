import { describe, expect, it } from 'vitest'
import { ChainError, ConfigError } from '../../base/errors.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import { openTestChain, signedTransfer, testGenesis } from '../../testing/executionChain.ts'
import { storeKeys } from './keys.ts'
import { MemoryStore } from './store.ts'

describe('a chain that is opened again', () => {
  it('has its heads, blocks, receipts and state', async () => {
    const store = new MemoryStore()
    const first = await openTestChain({ store })
    const sent = await first.transfer(0, 0)
    const { executionPayload } = await first.extend()
    const before = first.stack.chain.block(executionPayload.blockHash)
    await first.stack.close()

    const again = await openTestChain({ store })
    expect(again.stack.chain.heads.head.hash).toBe(executionPayload.blockHash)
    expect(again.stack.chain.block(executionPayload.blockHash)).toEqual({
      ...before,
      outcomes: before!.outcomes.map(({ receipt, sender }) => ({
        sender,
        receipt: {
          type: receipt.type,
          succeeded: receipt.succeeded,
          cumulativeGasUsed: receipt.cumulativeGasUsed,
          logsBloom: receipt.logsBloom,
          logs: receipt.logs,
          depositNonce: undefined,
          depositReceiptVersion: undefined,
        },
      })),
    })
    expect(again.stack.chain.transactionPlace(sent)?.index).toBe(0)
    await again.transfer(0, 1)
    expect((await again.extend()).executionPayload.blockNumber).toBe(2n)
    await again.stack.close()
  })

  it('refuses another genesis and names both', async () => {
    const store = new MemoryStore()
    const chain = await openTestChain({ store })
    const ours = chain.stack.chain.genesis.hash
    const other = openTestChain({ store, genesis: testGenesis({ fork: 'isthmus' }) })
    await expect(other).rejects.toBeInstanceOf(ConfigError)
    await expect(other).rejects.toMatchObject({ code: 'GENESIS_MISMATCH', exitCode: 5 })
    await expect(other).rejects.toThrow(ours)
  })

  it('says so when blocks are missing', async () => {
    const store = new MemoryStore()
    const chain = await openTestChain({ store })
    const { blockHash } = (await chain.extend()).executionPayload
    await store.write([{ key: storeKeys.header(blockHash), value: undefined }])
    await expect(openTestChain({ store })).rejects.toMatchObject({
      code: 'CHAIN_DAMAGED',
      severity: 'critical',
    })
    await expect(openTestChain({ store })).rejects.toBeInstanceOf(ChainError)
  })

  it('says so when the state of its head is missing', async () => {
    const store = new MemoryStore()
    const chain = await openTestChain({ store })
    const { stateRoot } = (await chain.extend()).executionPayload
    await store.write([{ key: storeKeys.node(stateRoot), value: undefined }])
    await expect(openTestChain({ store })).rejects.toMatchObject({ code: 'CHAIN_DAMAGED' })
  })
})

describe('the canonical chain', () => {
  it('keeps a transaction of two branches where the head is', async () => {
    await using chain = await openTestChain()
    const genesis = chain.stack.chain.genesis.hash
    const transactions = [await signedTransfer(0, 0)]
    const left = await chain.build(genesis, { transactions, noTxPool: true })
    const right = await chain.build(genesis, {
      transactions,
      noTxPool: true,
      prevRandao: `0x${'77'.repeat(32)}`,
    })
    for (const branch of [left, right]) {
      await chain.stack.engine.newPayload(branch)
      await chain.setHead(branch.executionPayload.blockHash)
    }
    const hash = keccak256Hex(transactions[0]!)
    const place = () => chain.stack.chain.transactionPlace(hash)?.blockHash
    expect(place()).toBe(right.executionPayload.blockHash)
    await chain.setHead(left.executionPayload.blockHash)
    expect(place()).toBe(left.executionPayload.blockHash)
    await chain.setHead(genesis)
    expect(place()).toBeUndefined()
  })

  it('finds ancestors on side chains', async () => {
    await using chain = await openTestChain()
    const genesis = chain.stack.chain.genesis.hash
    const first = await chain.extend()
    const second = await chain.extend()
    const side = await chain.build(genesis, { prevRandao: `0x${'77'.repeat(32)}` })
    await chain.stack.engine.newPayload(side)
    const { chain: store } = chain.stack
    const { blockHash } = side.executionPayload
    expect(store.ancestorHash(blockHash, 0n)).toBe(genesis)
    expect(store.ancestorHash(blockHash, 1n)).toBe(blockHash)
    expect(store.ancestorHash(blockHash, 2n)).toBeUndefined()
    expect(store.ancestorHash(second.executionPayload.blockHash, 1n)).toBe(
      first.executionPayload.blockHash,
    )
  })

  it('changes in one batch with its heads', async () => {
    const store = new MemoryStore()
    const chain = await openTestChain({ store })
    let writes = 0
    const write = store.write.bind(store)
    store.write = async (batch) => {
      writes++
      await write(batch)
    }
    await chain.transfer(0, 0)
    await chain.extend()
    // The block with its state, and the change of head.
    expect(writes).toBe(2)
  })
})
