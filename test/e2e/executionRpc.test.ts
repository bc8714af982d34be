import { randomBytes } from 'node:crypto'
import solc from 'solc'
import {
  type BaseError,
  type Block,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  defineChain,
  encodeFunctionData,
  type Hash,
  type Hex,
  http,
  keccak256,
  parseAbi,
  parseEther,
  webSocket,
} from 'viem'
import { chainConfig, publicActionsL2 } from 'viem/op-stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hexToBytes } from '../../src/base/hex.ts'
import { type EngineServers, serveEngine } from '../../src/execution/serveEngine.ts'
import { hashHeader } from '../../src/protocol/header.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { blockFromJson } from '../../src/sources/blockJson.ts'
import { openTestChain, type TestChain, testAccounts } from '../../src/testing/executionChain.ts'

// A viem user against the engine's JSON-RPC over real sockets; blocks are made when a test asks.

let chain: TestChain
let servers: EngineServers
let bytecode: Hex

const jwtSecret = new Uint8Array(randomBytes(32))
const local = { host: '127.0.0.1', port: 0 }
const l2 = defineChain({
  ...chainConfig,
  id: 901,
  name: 'test',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
})

beforeAll(async () => {
  chain = await openTestChain()
  const options = { version: '0.0.0', jwtSecret, engineApi: local, rpc: local }
  servers = await serveEngine(options, {
    stack: chain.stack,
    clock: systemClock,
    logger: silentLogger,
  })
  bytecode = compile()
})
afterAll(async () => {
  await servers.close()
  await chain.stack.close()
})

const client = () =>
  createPublicClient({
    chain: l2,
    transport: http(servers.rpc.url),
    pollingInterval: 20,
  }).extend(publicActionsL2())
const wallet = (index = 0) =>
  createWalletClient({
    chain: l2,
    account: testAccounts[index]!,
    transport: http(servers.rpc.url),
  })
/** Raw JSON-RPC, for what viem does not show. */
const rpc = (method: string, ...params: unknown[]) =>
  client().request({ method, params } as never) as Promise<unknown>

/** Makes a block, and the receipt of what is in it. */
const included = async (hash: Hash) => {
  await chain.extend()
  return client().getTransactionReceipt({ hash })
}

const abi = parseAbi([
  'constructor(uint256 start)',
  'event Counted(address indexed who, uint256 value)',
  'error TooMuch(uint256 asked)',
  'function add(uint256 amount) returns (uint256)',
  'function value() view returns (uint256)',
  'function fail() pure',
  'function overflow() pure returns (uint256)',
])

function compile(): Hex {
  const content = `
    // SPDX-License-Identifier: MIT
    pragma solidity ^0.8.20;
    contract Counter {
      uint256 public value;
      event Counted(address indexed who, uint256 value);
      error TooMuch(uint256 asked);
      constructor(uint256 start) { value = start; }
      function add(uint256 amount) external returns (uint256) {
        if (amount > 100) revert TooMuch(amount);
        value += amount;
        emit Counted(msg.sender, value);
        return value;
      }
      function fail() external pure { revert("no luck"); }
      function overflow() external pure returns (uint256) { uint256 x = 0; return x - 1; }
    }`
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { 'Counter.sol': { content } },
        settings: {
          evmVersion: 'cancun',
          outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
        },
      }),
    ),
  )
  return `0x${output.contracts['Counter.sol'].Counter.evm.bytecode.object}`
}

const deploy = async () => {
  const hash = await wallet().deployContract({ abi, bytecode, args: [5n] })
  const { contractAddress } = await included(hash)
  return contractAddress!
}

describe('a wallet', () => {
  it('learns the chain', async () => {
    expect(await client().getChainId()).toBe(901)
    expect(await rpc('net_version')).toBe('901')
    expect(await rpc('web3_clientVersion')).toBe('takt/v0.0.0')
    expect(await rpc('eth_syncing')).toBe(false)
    expect(await rpc('eth_accounts')).toEqual([])
  })

  it('sends ether with the fees that the engine suggests, and pays what the receipt says', async () => {
    const to = `0x${'70'.repeat(20)}` as const
    const from = testAccounts[1]!.address
    const before = await client().getBalance({ address: from })
    const hash = await wallet(1).sendTransaction({ to, value: parseEther('1') })
    const waiting = await client().getTransaction({ hash })
    expect(waiting.blockHash).toBeNull()
    expect(await client().getTransactionCount({ address: from, blockTag: 'pending' })).toBe(1)

    const receipt = await included(hash)
    expect(receipt.status).toBe('success')
    expect(receipt.type).toBe('eip1559')
    const after = await client().getBalance({ address: from })
    // Jovian and later: the operator is paid scalar × 100 per gas and a constant.
    const operatorFee = receipt.gasUsed * 3n * 100n + 5n
    const fees = receipt.gasUsed * receipt.effectiveGasPrice + receipt.l1Fee! + operatorFee
    expect(before - after).toBe(parseEther('1') + fees)
    expect(await client().getBalance({ address: to })).toBe(parseEther('1'))
  })

  it('finds the OP Stack’s fee fields in the receipt', async () => {
    const hash = await wallet().sendTransaction({ to: testAccounts[2]!.address, value: 1n })
    await chain.extend()
    expect(await rpc('eth_getTransactionReceipt', hash)).toMatchObject({
      l1GasPrice: '0x2540be400',
      l1BaseFeeScalar: '0x3e8',
      l1BlobBaseFee: '0x3b9aca00',
      l1BlobBaseFeeScalar: '0x7d0',
      operatorFeeScalar: '0x3',
      operatorFeeConstant: '0x5',
      daFootprintGasScalar: '0x190',
      // The least size by the estimate, 100 bytes, times the scalar.
      blobGasUsed: '0x9c40',
      // The same size as calldata: 100 × 16.
      l1GasUsed: '0x640',
      // 100 × (16 × 1000 × 10 gwei + 2000 × 1 gwei) / 1e6
      l1Fee: `0x${((100n * (16n * 1000n * 10n ** 10n + 2000n * 10n ** 9n)) / 10n ** 6n).toString(16)}`,
    })
  })

  it.each([
    ['nonce too low', { nonce: 0 }],
    ['intrinsic gas too low', { gas: 20_000n }],
    ['insufficient funds', { value: parseEther('1000000'), gas: 21_000n }],
  ])('is told "%s"', async (message, changes) => {
    const sending = wallet().sendTransaction({
      to: testAccounts[1]!.address,
      value: 1n,
      ...changes,
    })
    await expect(sending).rejects.toThrow(new RegExp(message, 'i'))
  })

  it('replaces a transaction that waits', async () => {
    const nonce = await client().getTransactionCount({ address: testAccounts[3]!.address })
    const request = { to: testAccounts[1]!.address, nonce, gas: 21_000n, maxFeePerGas: 10n ** 10n }
    const first = await wallet(3).sendTransaction({ ...request, maxPriorityFeePerGas: 10n ** 6n })
    await expect(
      wallet(3).sendTransaction({ ...request, maxPriorityFeePerGas: 10n ** 6n, value: 1n }),
    ).rejects.toThrow('replacement transaction underpriced')
    const second = await wallet(3).sendTransaction({
      ...request,
      maxFeePerGas: 2n * 10n ** 10n,
      maxPriorityFeePerGas: 2n * 10n ** 6n,
    })
    const receipt = await included(second)
    expect(receipt.transactionHash).toBe(second)
    await expect(client().getTransaction({ hash: first })).rejects.toThrow('could not be found')
  })
})

describe('a contract', () => {
  it('is deployed, called, written to and read', async () => {
    const address = await deploy()
    expect((await client().getCode({ address }))?.length).toBeGreaterThan(100)
    expect(await client().readContract({ address, abi, functionName: 'value' })).toBe(5n)
    const { result } = await client().simulateContract({
      account: testAccounts[0]!,
      address,
      abi,
      functionName: 'add',
      args: [3n],
    })
    expect(result).toBe(8n)
    const receipt = await included(
      await wallet().writeContract({ address, abi, functionName: 'add', args: [3n] }),
    )
    expect(receipt.logs).toHaveLength(1)
    expect(await client().getStorageAt({ address, slot: '0x0' })).toBe(`0x${'0'.repeat(63)}8`)
    const old = {
      address,
      abi,
      functionName: 'value',
      blockNumber: receipt.blockNumber - 1n,
    } as const
    expect(await client().readContract(old)).toBe(5n)
  })

  it('reverts with a reason, a custom error or a panic that callers can read', async () => {
    const address = await deploy()
    const call = (functionName: 'fail' | 'overflow') =>
      client().call({ to: address, data: encodeFunctionData({ abi, functionName }) })
    await expect(call('fail')).rejects.toThrow('execution reverted: no luck')
    await expect(call('overflow')).rejects.toThrow('arithmetic underflow or overflow')

    const data = encodeFunctionData({ abi, functionName: 'add', args: [101n] })
    const error = await client()
      .estimateGas({ account: testAccounts[0]!, to: address, data })
      .catch((reason: BaseError) => reason)
    const rpcError = (error as BaseError).walk((inner) => (inner as { code?: number }).code === 3)
    const { errorName, args } = decodeErrorResult({
      abi,
      data: (rpcError as unknown as { data: Hex }).data,
    })
    expect([errorName, args]).toEqual(['TooMuch', [101n]])
  })

  it('gets a gas estimate that suffices and is close', async () => {
    const address = await deploy()
    const data = encodeFunctionData({ abi, functionName: 'add', args: [1n] })
    const gas = await client().estimateGas({ account: testAccounts[0]!, to: address, data })
    const { gasUsed } = await included(await wallet().sendTransaction({ to: address, data, gas }))
    expect(Number(gas) / Number(gasUsed)).toBeLessThan(1.05)
    expect(gas).toBeGreaterThanOrEqual(gasUsed)
  })

  it('can be called with other state, code and blocks than there are', async () => {
    const address = await deploy()
    const data = encodeFunctionData({ abi, functionName: 'value' })
    const override = (stateDiff: object) =>
      rpc('eth_call', { to: address, data }, 'latest', stateDiff)
    const slot = `0x${'0'.repeat(64)}`
    const word = `0x${'0'.repeat(62)}2a`
    expect(await override({ [address]: { stateDiff: { [slot]: word } } })).toBe(word)
    expect(await override({ [address]: { state: {} } })).toBe(`0x${'0'.repeat(64)}`)
    // NUMBER PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    const code = '0x435f5260205ff3'
    expect(
      await rpc(
        'eth_call',
        { to: address },
        'latest',
        { [address]: { code } },
        { number: '0x1234' },
      ),
    ).toBe(`0x${'0'.repeat(60)}1234`)
  })

  it('gets the access list that covers what it touches', async () => {
    const address = await deploy()
    const data = encodeFunctionData({ abi, functionName: 'value' })
    const { accessList } = (await rpc('eth_createAccessList', { to: address, data })) as {
      accessList: unknown
    }
    expect(accessList).toEqual([
      { address: address.toLowerCase(), storageKeys: [`0x${'0'.repeat(64)}`] },
    ])
  })
})

describe('logs', () => {
  it('are found by address, topic and range', async () => {
    const address = await deploy()
    const write = () => wallet().writeContract({ address, abi, functionName: 'add', args: [1n] })
    const first = await included(await write())
    const second = await included(await write())
    const range = { fromBlock: first.blockNumber, toBlock: second.blockNumber }
    const all = await client().getLogs({ address, ...range })
    expect(all.map(({ transactionHash }) => transactionHash)).toEqual([
      first.transactionHash,
      second.transactionHash,
    ])
    const [event] = abi.filter(({ type }) => type === 'event')
    const byTopic = (who: Hex) =>
      client().getLogs({ address, event: event!, args: { who }, ...range } as never)
    expect(await byTopic(testAccounts[0]!.address)).toHaveLength(2)
    expect(await byTopic(testAccounts[1]!.address)).toHaveLength(0)
    expect(await client().getLogs({ blockHash: second.blockHash })).toHaveLength(1)
    expect(await client().getLogs({ address, fromBlock: 0n, toBlock: 'latest' })).toHaveLength(2)
  })

  it('come by filters that are polled', async () => {
    const address = await deploy()
    const filter = await client().createEventFilter({ address })
    const blocks = await client().createBlockFilter()
    const pending = await client().createPendingTransactionFilter()
    const hash = await wallet().writeContract({ address, abi, functionName: 'add', args: [1n] })
    const { blockHash } = await included(hash)
    expect(await client().getFilterChanges({ filter })).toMatchObject([{ transactionHash: hash }])
    expect(await client().getFilterChanges({ filter })).toEqual([])
    expect(await client().getFilterChanges({ filter: blocks })).toEqual([blockHash])
    expect(await client().getFilterChanges({ filter: pending })).toEqual([hash])
    expect(await client().uninstallFilter({ filter })).toBe(true)
    await expect(client().getFilterChanges({ filter })).rejects.toThrow('filter not found')
  })

  it('are taken back, marked as removed, when their block is', async () => {
    const address = await deploy()
    const head = chain.stack.chain.heads.head.hash
    const filter = await client().createEventFilter({ address })
    const hash = await wallet().writeContract({ address, abi, functionName: 'add', args: [1n] })
    await included(hash)
    await client().getFilterChanges({ filter })
    const other = await chain.build(head, { noTxPool: true, prevRandao: `0x${'55'.repeat(32)}` })
    await chain.stack.engine.newPayload(other)
    await chain.setHead(other.executionPayload.blockHash)
    expect(await client().getFilterChanges({ filter })).toMatchObject([
      { transactionHash: hash, removed: true },
    ])
    expect((await included(hash)).status).toBe('success')
  })
})

describe('blocks', () => {
  it('have the hash that their fields add up to, however they are asked for', async () => {
    await wallet().sendTransaction({ to: testAccounts[1]!.address, value: 1n })
    await chain.extend()
    const { number } = chain.stack.chain.heads.head
    for (let at = 0n; at <= number; at++) {
      const json = await rpc('eth_getBlockByNumber', `0x${at.toString(16)}`, true)
      const block = blockFromJson(json as never, { trustRpc: false })
      expect(hashHeader(block.header)).toBe((json as Block).hash)
      const raw = (await rpc('debug_getRawHeader', `0x${at.toString(16)}`)) as Hex
      expect(keccak256(raw)).toBe((json as Block).hash)
    }
  })

  it('give their parts by index, and nothing where there is none', async () => {
    const hash = await wallet().sendTransaction({ to: testAccounts[1]!.address, value: 1n })
    const { blockHash, blockNumber } = await included(hash)
    expect(await client().getBlockTransactionCount({ blockHash })).toBe(1)
    expect((await client().getTransaction({ blockHash, index: 0 })).hash).toBe(hash)
    expect((await client().getTransaction({ blockNumber, index: 0 })).hash).toBe(hash)
    expect(await rpc('eth_getTransactionByBlockHashAndIndex', blockHash, '0x1')).toBeNull()
    expect(await rpc('eth_getBlockByNumber', '0xffffff', false)).toBeNull()
    expect(await rpc('eth_getBlockByHash', `0x${'99'.repeat(32)}`, false)).toBeNull()
    expect(await rpc('eth_getTransactionReceipt', `0x${'99'.repeat(32)}`)).toBeNull()
    const receipts = (await rpc('eth_getBlockReceipts', { blockHash })) as unknown[]
    expect(receipts).toEqual([await rpc('eth_getTransactionReceipt', hash)])
    expect(await rpc('eth_getUncleCountByBlockHash', blockHash)).toBe('0x0')
    const raw = (await rpc('debug_getRawTransaction', hash)) as Hex
    expect(keccak256(raw)).toBe(hash)
  })

  it('say what gas cost', async () => {
    const history = await client().getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 90] })
    expect(history.baseFeePerGas).toHaveLength(5)
    expect(history.reward).toHaveLength(4)
    expect(history.gasUsedRatio).toHaveLength(4)
    expect(await client().estimateMaxPriorityFeePerGas()).toBe(10n ** 6n)
    expect(await client().getGasPrice()).toBeGreaterThan(10n ** 6n)
  })

  it('prove accounts and storage', async () => {
    const address = await deploy()
    const proof = await client().getProof({ address, storageKeys: [`0x${'0'.repeat(64)}`] })
    const { stateRoot } = await client().getBlock()
    expect(keccak256(proof.accountProof[0]!)).toBe(stateRoot)
    expect(proof.storageProof[0]?.value).toBe(5n)
  })
})

describe('subscriptions', () => {
  it('tell of heads, logs and pending transactions over WebSocket', async () => {
    const address = await deploy()
    const transport = webSocket(servers.rpc.wsUrl, { reconnect: false })
    const socket = createPublicClient({ chain: l2, transport })
    const heads: bigint[] = []
    const hashes: Hash[] = []
    const logs: { readonly transactionHash: Hash }[] = []
    const ends = [
      socket.watchBlockNumber({ onBlockNumber: (number) => heads.push(number) }),
      socket.watchPendingTransactions({ onTransactions: (list) => hashes.push(...list) }),
      socket.watchContractEvent({ address, abi, onLogs: (list) => logs.push(...list) }),
    ]
    const write = async () => {
      const hash = await wallet().writeContract({ address, abi, functionName: 'add', args: [1n] })
      return included(hash)
    }
    // viem does not tell when it has subscribed.
    const lists = [heads, hashes, logs]
    await expect.poll(() => write().then(() => lists.every(({ length }) => length > 0))).toBe(true)
    const { blockNumber, transactionHash } = await write()
    await expect
      .poll(() => [heads.at(-1), hashes.at(-1), logs.at(-1)?.transactionHash])
      .toEqual([blockNumber, transactionHash, transactionHash])
    expect(new Set(hashes).size).toBe(hashes.length)
    for (const end of ends) end()
    ;(await socket.transport.getRpcClient()).close()
  })

  it('are not served over HTTP', async () => {
    await expect(rpc('eth_subscribe', 'newHeads')).rejects.toThrow('notifications not supported')
  })
})

describe('wrong parameters', () => {
  it.each([
    ['eth_getBalance', [], 'missing value for required argument 0'],
    ['eth_getBalance', ['0x12'], 'invalid argument 0: expected 20 hex bytes'],
    ['eth_getBlockByNumber', ['newest', false], 'invalid argument 0'],
    ['eth_call', [{ to: 'nobody' }], 'invalid argument 0: to: expected hex bytes'],
    ['eth_getLogs', [{ topics: 'all' }], 'invalid argument 0: topics'],
    ['eth_feeHistory', ['0x1', 'latest', [50, 10]], 'reward percentiles must ascend'],
  ])('of %s %j are named', async (method, params, message) => {
    const error = await rpc(method, ...params).catch((reason: BaseError) => reason)
    const cause = (error as BaseError).walk() as BaseError & { code: number }
    expect([cause.code, cause.details ?? cause.message]).toEqual([
      -32602,
      expect.stringContaining(message),
    ])
  })

  it('of miner_ reach nobody without the JWT', async () => {
    await expect(rpc('miner_setMaxDASize', '0x1', '0x1')).rejects.toThrow('does not exist')
  })
})

describe('deposits', () => {
  it('show their nonce and version, and cost nothing', async () => {
    const { encodeDepositTransaction } = await import('../../src/protocol/depositTransaction.ts')
    const raw = encodeDepositTransaction({
      sourceHash: `0x${'5e'.repeat(32)}`,
      from: `0x${'de'.repeat(20)}`,
      to: `0x${'ad'.repeat(20)}`,
      mint: 7n,
      value: 7n,
      gas: 50_000n,
      isSystemTransaction: false,
      data: new Uint8Array(0),
    })
    await chain.extend({ transactions: [raw] })
    const [receipt] = (await rpc('eth_getBlockReceipts', 'latest')) as Record<string, unknown>[]
    expect(receipt).toMatchObject({
      type: '0x7e',
      status: '0x1',
      depositNonce: '0x0',
      depositReceiptVersion: '0x1',
      effectiveGasPrice: '0x0',
      l1Fee: '0x0',
    })
    const transaction = await rpc('eth_getTransactionByHash', receipt!['transactionHash'])
    expect(transaction).toMatchObject({ mint: '0x7', sourceHash: `0x${'5e'.repeat(32)}` })
    expect(
      hexToBytes((await rpc('debug_getRawTransaction', receipt!['transactionHash'])) as Hex),
    ).toEqual(raw)
  })
})
