import { concatHex, encodeAbiParameters, numberToHex, parseAbi, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { blockFromJson } from '../../src/sources/blockJson.ts'

// One chain for all: it moves on in real time, so the tests are as fast as its blocks.
const blockTime = 1
const l1BlockTime = 2
let devnet: Devnet
beforeAll(async () => {
  devnet = await createDevnet({ blockTime, l1BlockTime })
}, 30_000)
afterAll(() => devnet?.close())

const recipient = '0x00000000000000000000000000000000000a11ce'

test('describes itself as plain JSON', () => {
  const { descriptor } = devnet
  expect(JSON.parse(JSON.stringify(descriptor))).toEqual(descriptor)
  const keys = ['l1', 'l2', 'node', 'control', 'rollupConfigPath', 'genesisPath', 'accounts']
  expect(Object.keys(descriptor)).toEqual(keys)
  expect(descriptor.accounts).toHaveLength(10)
})

test('makes a block every second, each with the hash that its content has', async () => {
  await reachL2(3n)
  const head = await devnet.l2.publicClient.getBlockNumber()
  let parent = await fetchBlock(0n)
  for (let number = 1n; number <= head; number++) {
    const block = await fetchBlock(number)
    expect(block.header.timestamp).toBe(parent.header.timestamp + BigInt(blockTime))
    expect(block.header.parentHash).toBe(parent.hash)
    parent = block
  }
})

describe('a user of L2', () => {
  test('sends ether and is charged what the receipt says', async () => {
    const { publicClient, walletClient } = devnet.l2
    const sender = devnet.accounts[0]!.address
    const before = await publicClient.getBalance({ address: sender })
    const value = parseEther('1')
    const hash = await walletClient.sendTransaction({ to: recipient, value })
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    expect(receipt.l1Fee).toBeGreaterThan(0n)

    const after = await publicClient.getBalance({ address: sender })
    const gasFee = receipt.gasUsed * receipt.effectiveGasPrice
    expect(before - after).toBe(value + gasFee + receipt.l1Fee!)
    expect(await publicClient.getBalance({ address: recipient })).toBe(value)
  })

  test('asks the oracle for the fee that a transaction then pays', async () => {
    const { publicClient, walletClient } = devnet.l2
    const request = { to: recipient, value: 1n } as const
    const estimate = await publicClient.estimateL1Fee({ account: walletClient.account, ...request })
    const hash = await walletClient.sendTransaction(request)
    const { l1Fee } = await publicClient.waitForTransactionReceipt({ hash })
    // L1's base fee moves from block to block, and an estimate is made without the signature.
    expect(Number(l1Fee) / Number(estimate)).toBeGreaterThan(0.5)
    expect(Number(l1Fee) / Number(estimate)).toBeLessThan(2)
  })

  test('deploys a contract, calls it and finds its logs', async () => {
    const { publicClient, walletClient } = devnet.l2
    const creation = await walletClient.sendTransaction({ data: counterCode })
    const { contractAddress } = await publicClient.waitForTransactionReceipt({ hash: creation })
    const address = contractAddress!

    const hash = await walletClient.sendTransaction({ to: address })
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    const { data } = await publicClient.call({ to: address, data: '0x01' })
    expect(data).toBe(encodeAbiParameters([{ type: 'uint256' }], [1n]))
    const { blockNumber } = receipt
    const logs = await publicClient.getLogs({
      address,
      fromBlock: blockNumber,
      toBlock: blockNumber,
    })
    expect(logs).toMatchObject([{ transactionHash: hash, blockHash: receipt.blockHash, data }])
  })
})

test('mints a deposit within two L1 blocks, with the hash that viem computes', async () => {
  const { l1, l2 } = devnet
  const mint = parseEther('3')
  const to = '0x00000000000000000000000000000000000de905'
  const request = await l2.publicClient.buildDepositTransaction({ mint, to })
  const hash = await l1.walletClient.depositTransaction({
    ...request,
    account: l1.walletClient.account,
  })
  const receipt = await l1.publicClient.waitForTransactionReceipt({ hash })
  const [l2Hash] = getL2TransactionHashes(receipt)

  const minted = await l2.publicClient.waitForTransactionReceipt({ hash: l2Hash! })
  expect(minted.status).toBe('success')
  expect(await l2.publicClient.getBalance({ address: to })).toBe(mint)
  const [l1Block, l2Block] = await Promise.all([
    l1.publicClient.getBlock({ blockHash: receipt.blockHash }),
    l2.publicClient.getBlock({ blockHash: minted.blockHash }),
  ])
  expect(l2Block.timestamp - l1Block.timestamp).toBeLessThanOrEqual(BigInt(2 * l1BlockTime))
})

test('bridges ether through the messengers of both chains', async () => {
  const { l1, l2 } = devnet
  const to = '0x00000000000000000000000000000000000b91d9'
  const hash = await l1.walletClient.writeContract({
    address: l1.contracts.l1StandardBridge,
    abi: parseAbi(['function bridgeETHTo(address to, uint32 minGasLimit, bytes data) payable']),
    functionName: 'bridgeETHTo',
    args: [to, 200_000, '0x'],
    value: 5n,
  })
  const receipt = await l1.publicClient.waitForTransactionReceipt({ hash })
  const [l2Hash] = getL2TransactionHashes(receipt)
  await l2.publicClient.waitForTransactionReceipt({ hash: l2Hash! })
  expect(await l2.publicClient.getBalance({ address: to })).toBe(5n)
})

test('takes over what the SystemConfig is told', async () => {
  const { l1, l2 } = devnet
  const hash = await l1.walletClient.writeContract({
    address: l1.contracts.systemConfig,
    abi: parseAbi(['function setGasLimit(uint64)', 'function setMinBaseFee(uint64)']),
    functionName: 'setGasLimit',
    args: [42_000_000n],
  })
  await l1.publicClient.waitForTransactionReceipt({ hash })
  const gasLimit = async () => (await l2.publicClient.getBlock()).gasLimit
  await expect.poll(gasLimit, { timeout: 10_000, interval: 100 }).toBe(42_000_000n)
})

test('follows L1 through a reorganization three blocks deep', async () => {
  const { l1, l2 } = devnet
  await reachL1((await l1.publicClient.getBlockNumber()) + 2n)
  const replaced = await l1.publicClient.getBlock()
  await l1.testClient.request({ method: 'anvil_reorg' as never, params: [3, []] as never })
  const { number } = await l1.publicClient.getBlock()
  expect((await l1.publicClient.getBlock({ blockNumber: replaced.number })).hash).not.toBe(
    replaced.hash,
  )
  expect(number).toBe(replaced.number)

  const before = await l2.publicClient.getBlockNumber()
  await reachL2(before + 3n)
  const status = await syncStatus()
  const origin = await l1.publicClient.getBlock({
    blockNumber: BigInt(status.unsafe_l2.l1origin.number),
  })
  expect(status.unsafe_l2.l1origin.hash).toBe(origin.hash)
})

test('goes on when L1 comes back after a pause', async () => {
  const { l2 } = devnet
  process.kill(devnet.l1.anvilPid, 'SIGSTOP')
  const before = await l2.publicClient.getBlockNumber()
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  process.kill(devnet.l1.anvilPid, 'SIGCONT')
  await reachL2(before + 6n)
  const { l1, unsafe_l2 } = { ...devnet, ...(await syncStatus()) }
  await reachL1((await l1.publicClient.getBlockNumber()) + 2n)
  await expect
    .poll(async () => (await syncStatus()).unsafe_l2.l1origin.number, { timeout: 10_000 })
    .toBeGreaterThan(unsafe_l2.l1origin.number)
})

/** Throws unless hash and transactions root are those of the content. */
async function fetchBlock(number: bigint) {
  const params = [numberToHex(number), true] as const
  const json = await devnet.l2.publicClient.request({
    method: 'eth_getBlockByNumber',
    params: params as never,
  })
  return blockFromJson(json, { trustRpc: false })
}

interface SyncStatusJson {
  readonly unsafe_l2: { readonly l1origin: { readonly hash: Hash; readonly number: number } }
}

async function syncStatus(): Promise<SyncStatusJson> {
  const response = await fetch(devnet.node.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'optimism_syncStatus', params: [] }),
  })
  return ((await response.json()) as { result: SyncStatusJson }).result
}

async function reachL2(number: bigint): Promise<void> {
  const head = () => devnet.l2.publicClient.getBlockNumber()
  await expect.poll(head, { timeout: 15_000, interval: 50 }).toBeGreaterThanOrEqual(number)
}

async function reachL1(number: bigint): Promise<void> {
  const head = () => devnet.l1.publicClient.getBlockNumber()
  await expect.poll(head, { timeout: 15_000, interval: 50 }).toBeGreaterThanOrEqual(number)
}

/** Called without data it counts up and logs the count; with data it gives the count. */
const counterCode = concatHex([
  '0x6024600c60003960246000f3',
  '0x3615601057',
  '0x60005460005260206000f3',
  '0x5b6000546001018060005560005260206000a000',
])
