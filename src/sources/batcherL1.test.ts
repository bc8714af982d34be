import { describe, expect, test } from 'vitest'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { createBatcherL1 } from './batcherL1.ts'
import { createBlockBuilder } from './blockBuilder.ts'

const account = `0x${'ba'.repeat(20)}` as const
const systemConfig = `0x${'5c'.repeat(20)}` as const

/** An endpoint that gives one answer to everything, and remembers what it was asked. */
function endpoint(answer: unknown) {
  const asked: unknown[] = []
  const rpc = {
    endpoints: ['http://l2'],
    async request(method: string, params: readonly unknown[]) {
      asked.push([method, ...params])
      if (answer instanceof Error) throw answer
      return answer
    },
    close: async () => undefined,
  }
  return { asked, rpc }
}

describe('L1, as a batcher asks it', () => {
  test('counts transactions by block, or with those in the pool', async () => {
    const { asked, rpc } = endpoint('0x2a')
    const l1 = createBatcherL1({ systemConfig }, { rpc })
    expect(await l1.transactionCount(account, 300n)).toBe(42n)
    await l1.transactionCount(account, 'pending')
    expect(asked).toEqual([
      ['eth_getTransactionCount', account, '0x12c'],
      ['eth_getTransactionCount', account, 'pending'],
    ])
  })

  test('tells the hash of a block, if there is one', async () => {
    const hash = `0x${'b1'.repeat(32)}` as const
    const { asked, rpc } = endpoint({ hash, number: '0x12c' })
    expect(await createBatcherL1({ systemConfig }, { rpc }).blockHash(300n)).toBe(hash)
    expect(asked).toEqual([['eth_getBlockByNumber', '0x12c', false]])
    const none = createBatcherL1({ systemConfig }, { rpc: endpoint(null).rpc })
    expect(await none.blockHash(301n)).toBe(undefined)
  })

  test("reads the batcher's address out of SystemConfig", async () => {
    const { asked, rpc } = endpoint(`0x${'00'.repeat(12)}${'ba'.repeat(20)}`)
    const l1 = createBatcherL1({ systemConfig }, { rpc })
    expect(await l1.batcherOfSystemConfig()).toBe(account)
    expect(asked).toEqual([['eth_call', { to: systemConfig, input: '0xe81b2c6d' }, 'latest']])
  })

  test.each(['0x', `0x01${'00'.repeat(31)}`])('does not take %s for an address', async (answer) => {
    const l1 = createBatcherL1({ systemConfig }, { rpc: endpoint(answer).rpc })
    await expect(l1.batcherOfSystemConfig()).rejects.toMatchObject({
      code: 'L1_BAD_DATA',
      severity: 'temporary',
    })
  })
})

describe('an engine that is told how large blocks may be', () => {
  const limits = { maxTxBytes: 150, maxBlockBytes: 130_000 }

  test('is told in the words of op-geth', async () => {
    const { asked, rpc } = endpoint(true)
    const builder = createBlockBuilder({ rpc })
    expect(await builder.setMaxDataSize(limits)).toBe('set')
    expect(builder.name).toBe('http://l2')
    expect(asked).toEqual([['miner_setMaxDASize', '0x96', '0x1fbd0']])
  })

  test('is told again when it says that it has not done it', async () => {
    const { rpc } = endpoint(false)
    const builder = createBlockBuilder({ rpc })
    const set = builder.setMaxDataSize({ maxTxBytes: 150, maxBlockBytes: 0 })
    await expect(set).rejects.toMatchObject({ code: 'L2_ERROR', severity: 'temporary' })
  })

  test('may not know the method', async () => {
    const { rpc } = endpoint(new RpcError(-32601, 'the method miner_setMaxDASize does not exist'))
    expect(await createBlockBuilder({ rpc }).setMaxDataSize(limits)).toBe('unsupported')
  })

  test('may be unable to answer now', async () => {
    const { rpc } = endpoint(new RpcError(-32000, 'out of memory'))
    await expect(createBlockBuilder({ rpc }).setMaxDataSize(limits)).rejects.toMatchObject({
      severity: 'temporary',
    })
  })
})
