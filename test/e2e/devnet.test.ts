import { concatHex, encodeAbiParameters, type Hex, numberToHex, parseAbi, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { predeploys } from '../../src/chain/addresses.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { blockFromJson } from '../../src/sources/blockJson.ts'
import { rpcCall } from './rpcCall.ts'

// One chain for all: it moves on in real time, so the tests are as fast as its blocks.
const blockTime = 1
const l1BlockTime = 2
let devnet: Devnet
beforeAll(async () => {
  devnet = await createDevnet({ blockTime, l1BlockTime })
})
afterAll(() => devnet?.close())

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
    const to = '0x00000000000000000000000000000000000a11ce'
    const sender = devnet.accounts[0]!.address
    const before = await publicClient.getBalance({ address: sender })
    const value = parseEther('1')
    const hash = await walletClient.sendTransaction({ to, value })
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    expect(receipt.l1Fee).toBeGreaterThan(0n)

    const after = await publicClient.getBalance({ address: sender })
    const gasFee = receipt.gasUsed * receipt.effectiveGasPrice
    expect(before - after).toBe(value + gasFee + receipt.l1Fee!)
    expect(await publicClient.getBalance({ address: to })).toBe(value)
  })

  test('asks the oracle for the fee that a transaction then pays', async () => {
    const { publicClient, walletClient } = devnet.l2
    const request = { to: walletClient.account.address, value: 1n } as const
    const estimate = await publicClient.estimateL1Fee({ account: walletClient.account, ...request })
    expect(estimate).toBeGreaterThan(0n)
    const hash = await walletClient.sendTransaction(request)
    const { l1Fee, blockNumber } = await publicClient.waitForTransactionReceipt({ hash })
    // L1's base fee moves from block to block; and the oracle adds a signature to the one that is there already.
    const oracle = await publicClient.readContract({
      address: predeploys.gasPriceOracle,
      abi: parseAbi(['function getL1Fee(bytes) view returns (uint256)']),
      functionName: 'getL1Fee',
      args: [(await rpcCall(devnet.l2.rpcUrl, 'debug_getRawTransaction', hash)) as Hex],
      blockNumber,
    })
    expect(Number(l1Fee) / Number(oracle)).toBeCloseTo(1, 0)
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

test('mints a deposit, with the hash that viem computes', async () => {
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
  await expect.poll(gasLimit).toBe(42_000_000n)
})

test('follows L1 through a reorganization three blocks deep', async () => {
  const { l1 } = devnet
  const hashAt = async (blockNumber: bigint) =>
    (await l1.publicClient.getBlock({ blockNumber })).hash
  const { number } = await l1.publicClient.getBlock()
  await expect.poll(async () => (await unsafeOrigin()).number).toBeGreaterThan(Number(number))

  // No block is to come in between.
  await devnet.pause('l1')
  const replaced = await l1.publicClient.getBlock()
  await l1.testClient.request({ method: 'anvil_reorg' as never, params: [3, []] as never })
  expect(await hashAt(replaced.number)).not.toBe(replaced.hash)
  await devnet.resume('l1')

  const isOnNewBlocks = async () => {
    const origin = await unsafeOrigin()
    const isNew = origin.number > Number(replaced.number)
    return isNew && origin.hash === (await hashAt(BigInt(origin.number)))
  }
  await expect.poll(isOnNewBlocks).toBe(true)
})

test('goes on while L1 hangs, and with L1 when that comes back', async () => {
  process.kill(devnet.l1.anvilPid, 'SIGSTOP')
  await reachL2((await devnet.l2.publicClient.getBlockNumber()) + 4n)
  const { number } = await unsafeOrigin()
  process.kill(devnet.l1.anvilPid, 'SIGCONT')
  await expect.poll(async () => (await unsafeOrigin()).number).toBeGreaterThan(number)
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

/** The L1 block that the newest L2 block builds on. */
async function unsafeOrigin() {
  const status = await rpcCall(devnet.node.rpcUrl, 'optimism_syncStatus')
  return (status as SyncStatusJson).unsafe_l2.l1origin
}

async function reachL2(number: bigint): Promise<void> {
  const head = () => devnet.l2.publicClient.getBlockNumber()
  await expect.poll(head).toBeGreaterThanOrEqual(number)
}

/** Called without data it counts up and logs the count; with data it gives the count. */
const counterCode = concatHex([
  '0x6024600c60003960246000f3',
  '0x3615601057',
  '0x60005460005260206000f3',
  '0x5b6000546001018060005560005260206000a000',
])
