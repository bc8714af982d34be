import { readFile } from 'node:fs/promises'
import { createWalletClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../../src/base/hex.ts'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import type { L2Chain } from '../../src/engine/interface.ts'
import { type EmbeddedEngine, startEmbeddedEngine } from '../../src/execution/worker/client.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../src/jsonrpc/client.ts'
import { createNode, type TaktNode } from '../../src/node/node.ts'
import { nodeOptions } from '../../src/node/options.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { createL2Client } from '../../src/sources/l2Client.ts'
import { batchData } from '../../src/testing/batchData.ts'
import { rpcCall } from './rpcCall.ts'

// A whole chain with a second node that knows of it from L1 alone.
let devnet: Devnet
let rpc: JsonRpcClient
let l2: L2Chain
let engine: EmbeddedEngine
let verifier: TaktNode
const deps = { clock: systemClock, random: Math.random, logger: silentLogger }
beforeAll(async () => {
  // Without its batcher: what is posted, and when, is what these tests are about.
  devnet = await createDevnet({ blockTime: 1, l1BlockTime: 2, batcher: false, proposer: false })
  rpc = createJsonRpcClient({ urls: [devnet.l2.rpcUrl] }, deps)
  l2 = createL2Client({ config: devnet.rollupConfig, trustRpc: false }, { rpc })
  engine = await startVerifierEngine()
  verifier = await startVerifier()
})
afterAll(async () => {
  await verifier?.stop()
  await engine?.close()
  await rpc?.close()
  await devnet?.close()
})

describe('a verifier beside a sequencer', () => {
  test('derives the sequencer’s chain from batches on L1, and the sequencer’s blocks become safe', async () => {
    const { walletClient } = devnet.l2
    const hash = await walletClient.sendTransaction({ to: devnet.accounts[1]!.address, value: 1n })
    await devnet.l2.publicClient.waitForTransactionReceipt({ hash })
    const last = await postBatches(1)
    await untilSafe(last)
    await expect.poll(async () => (await sequencerStatus()).safe_l2.number).toBe(last)
    const head = await l2.blockRefByNumber(BigInt(last))
    expect(verifier.syncStatus().safeL2).toEqual(head)
    await expect.poll(() => engine.chain.blockRefByLabel('safe')).toEqual(head)
  })

  test('goes on after the sequencer, also when it was away', async () => {
    await verifier.stop()
    const last = await postBatches(2)
    verifier = await startVerifier()
    await untilSafe(last)
    expect(verifier.syncStatus().safeL2).toEqual(await l2.blockRefByNumber(BigInt(last)))
  })

  test('both replace a block that cannot be executed by its deposits, and go on', async () => {
    const payloads = await unsafePayloads()
    const { executionPayload } = payloads[0]!
    const { signer } = deriveDevnetAccounts(1).users[0]!
    // Its nonce is far in the future.
    const impossible = await signer.signTransaction({
      ...{ chainId: devnet.descriptor.l2.chainId, nonce: 10_000, gas: 21_000n },
      ...{ to: signer.address, maxFeePerGas: 10n ** 10n },
    })
    const transactions = [executionPayload.transactions[0]!, hexToBytes(impossible)]
    await post([{ ...payloads[0]!, executionPayload: { ...executionPayload, transactions } }], 3)

    const number = Number(executionPayload.blockNumber)
    await untilSafe(number)
    const { safeL2 } = verifier.syncStatus()
    const replaced = await engine.chain.payloadByHash(safeL2.hash)
    expect(replaced!.executionPayload.transactions).toEqual([executionPayload.transactions[0]])
    await expect.poll(async () => (await sequencerStatus()).safe_l2.number).toBe(number)
    expect(await l2.blockRefByNumber(BigInt(number))).toEqual(safeL2)

    const unsafe = async () => (await sequencerStatus()).unsafe_l2.number
    await expect.poll(unsafe).toBeGreaterThan(number + 2)
    const last = await postBatches(4)
    await untilSafe(last)
    expect(verifier.syncStatus().safeL2).toEqual(await l2.blockRefByNumber(BigInt(last)))
  })
})

/** Posts all blocks that are not safe yet. @returns the number of the last one. */
async function postBatches(seed: number): Promise<number> {
  const payloads = await unsafePayloads()
  await post(payloads, seed)
  return Number(payloads.at(-1)!.executionPayload.blockNumber)
}

/**
 * Waits until the sequencer has derived as far as the verifier, and for a block if all are safe.
 * @returns the blocks that nobody posted yet: at least one, lowest first.
 */
async function unsafePayloads(): Promise<PayloadEnvelope[]> {
  let payloads: PayloadEnvelope[] = []
  const read = async () => {
    const { safe_l2, unsafe_l2 } = await sequencerStatus()
    if (safe_l2.number < verifier.syncStatus().safeL2.number) return 0
    payloads = []
    for (let number = safe_l2.number + 1; number <= unsafe_l2.number; number++) {
      payloads.push((await l2.payloadByNumber(BigInt(number)))!)
    }
    return payloads.length
  }
  await expect.poll(read).toBeGreaterThan(0)
  return payloads
}

async function post(payloads: readonly PayloadEnvelope[], seed: number): Promise<void> {
  const { batcher } = deriveDevnetAccounts(0).roles
  const wallet = createWalletClient({
    account: batcher.signer,
    chain: devnet.l1.chain,
    transport: http(devnet.l1.rpcUrl),
  })
  await wallet.sendTransaction({
    to: devnet.rollupConfig.batchInboxAddress,
    data: bytesToHex(batchData(devnet.rollupConfig, payloads, seed)),
  })
}

async function sequencerStatus() {
  const status = await rpcCall(devnet.node.rpcUrl, 'optimism_syncStatus')
  return status as Record<'safe_l2' | 'unsafe_l2', { number: number }>
}

/** Waits for the verifier. What is posted ends there, so it goes no further by itself. */
async function untilSafe(number: number): Promise<void> {
  await expect.poll(() => verifier.syncStatus().safeL2.number).toBe(BigInt(number))
}

async function startVerifierEngine(): Promise<EmbeddedEngine> {
  const listen = { host: '127.0.0.1', port: 0 }
  return startEmbeddedEngine(
    {
      genesis: JSON.parse(await readFile(devnet.descriptor.genesisPath, 'utf8')),
      rollup: devnet.rollupConfig,
      dataDir: undefined,
      jwtSecret: new Uint8Array(32),
      engineApi: listen,
      rpc: listen,
    },
    deps,
  )
}

async function startVerifier(): Promise<TaktNode> {
  const options = nodeOptions({
    mode: 'validator',
    rollupConfig: devnet.rollupConfig,
    l1: { rpcUrls: [devnet.l1.rpcUrl], wsUrl: devnet.l1.wsUrl },
    rpc: { enabled: false },
  })
  const node = createNode(options, { ...deps, engine })
  await node.start()
  return node
}
