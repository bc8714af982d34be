import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { attributesOnHead, rpcEngineMethods } from '../testing/rpcEngine.ts'
import { createL2Client } from './l2Client.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const config = fakeRollupConfig({
  l1Genesis: { hash: `0x${'11'.repeat(32)}`, number: 5n },
  l2Time: 1_000n,
})

/** An engine with three blocks on its genesis, the last of them with a user's transaction. */
async function engineWithBlocks(): Promise<FakeEngine> {
  const engine = new FakeEngine({ config }, { clock: systemClock })
  const transfer = await privateKeyToAccount(`0x${'42'.repeat(32)}`).signTransaction({
    chainId: 901,
    to: `0x${'aa'.repeat(20)}`,
    value: 1n,
    gas: 21_000n,
    nonce: 0,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
  })
  const genesis = engine.head.hash
  for (const transactions of [[], [], [hexToBytes(transfer)]]) {
    const attributes = attributesOnHead(engine, config, transactions)
    const envelope = engine.buildElsewhere(engine.head.hash, attributes)
    await engine.newPayload(envelope)
    const { blockHash, parentHash } = envelope.executionPayload
    await engine.forkchoiceUpdated(
      { headBlockHash: blockHash, safeBlockHash: parentHash, finalizedBlockHash: genesis },
      undefined,
    )
  }
  return engine
}

async function connect(engine: FakeEngine, changed: RpcMethods = {}, trustRpc = false) {
  let requests = 0
  const methods = { ...rpcEngineMethods(engine, config), ...changed }
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods },
    { logger: silentLogger },
  )
  const rpc = createJsonRpcClient(
    { urls: [server.url], retry: { maxAttempts: 1 } },
    { clock: systemClock, random: () => 0, onRequest: () => requests++ },
  )
  cleanups.push(
    () => server.close(),
    () => rpc.close(),
  )
  return { l2: createL2Client({ config, trustRpc }, { rpc }), requests: () => requests }
}

const unknown = `0x${'99'.repeat(32)}` as const

describe('L2 client', () => {
  it('reads what the engine itself says of its blocks', async () => {
    const engine = await engineWithBlocks()
    const { l2 } = await connect(engine)
    for (const { hash, number } of engine.canonical) {
      expect(await l2.blockRefByHash(hash)).toEqual(await engine.blockRefByHash(hash))
      expect(await l2.blockRefByNumber(number)).toEqual(await engine.blockRefByNumber(number))
      expect(await l2.payloadByHash(hash)).toEqual(await engine.payloadByHash(hash))
      expect(await l2.payloadByNumber(number)).toEqual(await engine.payloadByNumber(number))
      expect(await l2.systemConfigByHash(hash)).toEqual(await engine.systemConfigByHash(hash))
      expect(await l2.outputRootsByHash(hash)).toEqual(await engine.outputRootsByHash(hash))
    }
    for (const label of ['latest', 'safe', 'finalized'] as const) {
      expect(await l2.blockRefByLabel(label)).toEqual(await engine.blockRefByLabel(label))
    }
  })

  it('keeps blocks by hash', async () => {
    const engine = await engineWithBlocks()
    const { l2, requests } = await connect(engine)
    await l2.blockRefByLabel('latest')
    await l2.payloadByHash(engine.head.hash)
    await l2.systemConfigByHash(engine.head.hash)
    expect(requests()).toBe(1)
  })

  it('knows what is not there', async () => {
    const { l2 } = await connect(await engineWithBlocks())
    expect(await l2.payloadByNumber(99n)).toBeUndefined()
    expect(await l2.blockRefByHash(unknown)).toBeUndefined()
    await expect(l2.systemConfigByHash(unknown)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'L2_BLOCK_MISSING',
    })
  })

  it('refuses a block with other transactions than its header says', async () => {
    const engine = await engineWithBlocks()
    const honest = rpcEngineMethods(engine, config)
    const cut: RpcMethods[string] = async (params, context) => {
      const block = (await honest['eth_getBlockByHash']!(params, context)) as {
        transactions: unknown[]
      }
      return { ...block, transactions: block.transactions.slice(1) }
    }
    const { l2 } = await connect(engine, { eth_getBlockByHash: cut })
    await expect(l2.payloadByHash(engine.head.hash)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'L2_BAD_DATA',
      cause: { code: 'TRANSACTIONS_ROOT' },
    })
  })

  it('refuses another block than it asked for', async () => {
    const engine = await engineWithBlocks()
    const honest = rpcEngineMethods(engine, config)
    const { l2 } = await connect(engine, {
      eth_getBlockByHash: (_, context) => honest['eth_getBlockByNumber']!(['0x1'], context),
    })
    await expect(l2.payloadByHash(engine.head.hash)).rejects.toMatchObject({
      code: 'L2_BAD_DATA',
      cause: { code: 'BLOCK_OTHER' },
    })
  })
})
