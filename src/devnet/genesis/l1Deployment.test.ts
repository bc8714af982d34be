import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Address, type Hash, type Hex, hexToBytes, zeroHash } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import type { SystemConfig } from '../../chain/systemConfig.ts'
import { decodeDepositLog } from '../../protocol/depositLog.ts'
import { encodeDepositTransaction } from '../../protocol/depositTransaction.ts'
import { updateSystemConfig } from '../../protocol/systemConfigUpdate.ts'
import { startTestL1 } from '../../testing/startTestL1.ts'
import { deriveDevnetAccounts } from '../accounts.ts'
import type { DevnetL1 } from '../l1/l1.ts'
import { defaultDevnetOptions } from '../options.ts'
import { chainParameters } from './chainParameters.ts'
import { loadContractArtifacts } from './contractArtifacts.ts'
import { type L1DeploymentPlan, planL1Deployment } from './l1Deployment.ts'
import { createRollupConfig } from './rollupConfig.ts'

const accounts = deriveDevnetAccounts(3)
const artifacts = await loadContractArtifacts()
const genesisTime = 1_800_000_000

async function deploy(fork: 'karst' | 'canyon') {
  const l1 = await startTestL1({ genesisTime: genesisTime - 6 })
  const options = { ...defaultDevnetOptions, fork }
  const plan = planL1Deployment(options, BigInt(genesisTime), accounts, artifacts)
  const { deployer } = accounts.roles
  await l1.fund([deployer.address], 10n ** 21n)
  const block = await l1.deploy(plan, deployer.signer, genesisTime)
  const rollup = createRollupConfig(
    options,
    { l1: block, l2: block, l2Time: BigInt(genesisTime) },
    plan.contracts,
    accounts,
  )
  return { l1, plan, rollup, block }
}

const systemConfigAbi = parseAbi([
  'function owner() view returns (address)',
  'function overhead() view returns (uint256)',
  'function scalar() view returns (uint256)',
  'function batcherHash() view returns (bytes32)',
  'function gasLimit() view returns (uint64)',
  'function unsafeBlockSigner() view returns (address)',
  'function batchInbox() view returns (address)',
  'function startBlock() view returns (uint256)',
  'function setBatcherHash(address)',
  'function setGasConfig(uint256,uint256)',
  'function setGasConfigEcotone(uint32,uint32)',
  'function setGasLimit(uint64)',
  'function setUnsafeBlockSigner(address)',
  'function setEIP1559Params(uint32,uint32)',
  'function setOperatorFeeScalars(uint32,uint64)',
  'function setMinBaseFee(uint64)',
  'function setDAFootprintGasScalar(uint16)',
])

describe('contracts of a rollup on L1', () => {
  let l1: DevnetL1
  let plan: L1DeploymentPlan
  let rollup: ReturnType<typeof createRollupConfig>
  let deployBlock: { hash: Hash; number: bigint }
  const chain = defineChain({
    id: 900,
    name: 'L1',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  })
  const connect = () => {
    const transport = http(l1.rpcUrl)
    return {
      reader: createPublicClient({ chain, transport }),
      owner: createWalletClient({ chain, transport, account: accounts.users[0]!.signer }),
    }
  }

  /** Of the chain as each test finds it. */
  let deployed: unknown

  beforeAll(async () => {
    ;({ l1, plan, rollup, block: deployBlock } = await deploy('karst'))
    deployed = await l1.request('evm_snapshot', [])
  })
  beforeEach(async () => {
    await l1.request('evm_revert', [deployed])
    deployed = await l1.request('evm_snapshot', [])
  })
  afterAll(() => l1?.close())

  async function minedReceipt(hash: Hash) {
    await l1.mine(undefined)
    return connect().reader.getTransactionReceipt({ hash })
  }

  const read = (functionName: string) =>
    connect().reader.readContract({
      address: plan.contracts.systemConfig,
      abi: systemConfigAbi,
      functionName: functionName as 'owner',
    }) as Promise<unknown>

  test('are all deployed in the first block, at the timestamp of the L2 genesis', async () => {
    expect(deployBlock.number).toBe(1n)
    const block = await connect().reader.getBlock({ blockHash: deployBlock.hash })
    expect(block.timestamp).toBe(BigInt(genesisTime))
    expect(block.transactions.length).toBe(plan.transactions.length)
    for (const address of Object.values(plan.contracts)) {
      expect(await connect().reader.getCode({ address: address as Address })).toBeDefined()
    }
  })

  test('hold the system config that the rollup config states', async () => {
    const { systemConfig } = rollup.genesis
    expect(await read('scalar')).toBe(BigInt(systemConfig.scalar))
    expect(await read('overhead')).toBe(BigInt(systemConfig.overhead))
    expect(await read('gasLimit')).toBe(systemConfig.gasLimit)
    expect(BigInt((await read('batcherHash')) as Hex)).toBe(BigInt(systemConfig.batcherAddress))
    expect(String(await read('batchInbox')).toLowerCase()).toBe(rollup.batchInboxAddress)
    expect(String(await read('owner')).toLowerCase()).toBe(accounts.users[0]!.address)
    expect(await read('startBlock')).toBe(1n)
  })

  test('keep the unsafe block signer where nodes look for it', async () => {
    const slot = await connect().reader.getStorageAt({
      address: plan.contracts.systemConfig,
      slot: '0x65a7ed542fb37fe237fdfbdd70b31598523fe5b32879e307bae27a0bd9581c08',
    })
    expect(BigInt(slot!)).toBe(BigInt(accounts.roles.unsafeBlockSigner.address))
  })

  const batcher = accounts.users[2]!.address
  test.each<[string, readonly unknown[], Partial<SystemConfig>]>([
    ['setBatcherHash', [batcher], { batcherAddress: batcher }],
    [
      'setGasConfigEcotone',
      [7, 9],
      { scalar: `0x01${'0'.repeat(46)}0000000900000007`, overhead: zeroHash },
    ],
    ['setGasConfig', [0n, 5n], { scalar: `0x${'5'.padStart(64, '0')}`, overhead: zeroHash }],
    ['setGasLimit', [30_000_000n], { gasLimit: 30_000_000n }],
    ['setUnsafeBlockSigner', [batcher], {}],
    ['setEIP1559Params', [400, 3], { eip1559Denominator: 400, eip1559Elasticity: 3 }],
    ['setOperatorFeeScalars', [11, 13n], { operatorFeeScalar: 11, operatorFeeConstant: 13n }],
    ['setMinBaseFee', [17n], { minBaseFee: 17n }],
    ['setDAFootprintGasScalar', [19], { daFootprintGasScalar: 19 }],
  ])('%s emits what the protocol reads', async (functionName, args, change) => {
    const hash = await connect().owner.writeContract({
      address: plan.contracts.systemConfig,
      abi: systemConfigAbi,
      functionName: functionName as 'setMinBaseFee',
      args: args as [bigint],
      gas: 200_000n,
    })
    const receipt = await minedReceipt(hash)

    const { systemConfig, dropped } = updateSystemConfig(
      rollup,
      rollup.genesis.systemConfig,
      [
        {
          succeeded: receipt.status === 'success',
          logs: receipt.logs.map((log) => ({
            address: log.address.toLowerCase() as Address,
            topics: log.topics,
            data: hexToBytes(log.data),
          })),
        },
      ],
      BigInt(genesisTime + 60),
    )
    expect(receipt.logs).toHaveLength(1)
    expect(dropped).toEqual([])
    expect(systemConfig).toEqual({ ...rollup.genesis.systemConfig, ...change })
  })

  test('refuse strangers', async () => {
    const stranger = accounts.users[1]!.signer
    const attempt = connect().reader.simulateContract({
      account: stranger,
      address: plan.contracts.systemConfig,
      abi: systemConfigAbi,
      functionName: 'setGasLimit',
      args: [30_000_000n],
    })
    await expect(attempt).rejects.toThrow('caller is not the owner')
  })

  test('announce a deposit whose L2 hash is the one that viem computes', async () => {
    const hash = await connect().owner.writeContract({
      address: plan.contracts.optimismPortal,
      abi: parseAbi(['function depositTransaction(address,uint256,uint64,bool,bytes) payable']),
      functionName: 'depositTransaction',
      args: [batcher, 10n, 100_000n, false, '0x1234'],
      value: 25n,
      gas: 300_000n,
    })
    const receipt = await minedReceipt(hash)
    const log = receipt.logs.at(-1)!
    const deposit = decodeDepositLog(
      { topics: log.topics, data: hexToBytes(log.data), logIndex: BigInt(log.logIndex) },
      receipt.blockHash,
    )
    expect(deposit).toMatchObject({ to: batcher, mint: 25n, value: 10n, gas: 100_000n })
    const [l2Hash] = getL2TransactionHashes({ logs: receipt.logs })
    expect(keccak256Hex(encodeDepositTransaction(deposit))).toBe(l2Hash)
  })
})

test('before Ecotone the contracts hold the fee parameters of that time', async () => {
  const { l1, plan, rollup } = await deploy('canyon')
  try {
    const reader = createPublicClient({ transport: http(l1.rpcUrl) })
    const contract = { address: plan.contracts.systemConfig, abi: systemConfigAbi }
    const scalar = await reader.readContract({ ...contract, functionName: 'scalar' })
    const overhead = await reader.readContract({ ...contract, functionName: 'overhead' })
    expect(scalar).toBe(BigInt(rollup.genesis.systemConfig.scalar))
    expect(overhead).toBe(BigInt(rollup.genesis.systemConfig.overhead))
    expect(overhead).toBe(chainParameters.bedrockOverhead)
  } finally {
    await l1.close()
  }
})
