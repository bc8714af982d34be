import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type Address, type Hex, hexToBytes, zeroAddress, zeroHash } from '../../base/hex.ts'
import {
  beaconRootsContract,
  blockHashHistoryContract,
  l1InfoDepositor,
  predeploys,
} from '../../chain/addresses.ts'
import { type Fork, forkTimesUpTo } from '../../chain/forks.ts'
import { encodeDepositTransaction } from '../../protocol/depositTransaction.ts'
import { encodeExtraData } from '../../protocol/extraData.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import { headerToEnvelope } from '../../protocol/payloadHeader.ts'
import type { ExecutionChainConfig } from '../chainConfig.ts'
import { EvmPool } from '../evm/evmPool.ts'
import { buildGenesis, defaultGenesisHeader, genesisAccount } from '../genesis.ts'
import { StateDatabase } from '../state/stateDatabase.ts'
import { decodeTransaction, type Transaction } from '../transaction/transaction.ts'
import { type AppliedTransaction, type BlockExecution, beginBlock } from './blockExecution.ts'
import { BlockInvalidError } from './blockInvalidError.ts'
import { executeBlock } from './executeBlock.ts'

const alice = privateKeyToAccount(`0x${'a1'.repeat(32)}`)
const bob = privateKeyToAccount(`0x${'b0'.repeat(32)}`)
const aliceAddress = alice.address.toLowerCase() as Address
const bobAddress = bob.address.toLowerCase() as Address
const stranger: Address = `0x${'57'.repeat(20)}`
const feeRecipient = predeploys.sequencerFeeVault

// Contracts, by what they do.
const reverts: Address = '0x00000000000000000000000000000000000c0de1'
const runsOutOfGas: Address = '0x00000000000000000000000000000000000c0de2'
const storesBlobBaseFee: Address = '0x00000000000000000000000000000000000c0de3'
const pushesZero: Address = '0x00000000000000000000000000000000000c0de4'
const countsLeadingZeros: Address = '0x00000000000000000000000000000000000c0de5'
const storesCallerAtZero: Address = '0x00000000000000000000000000000000000c0de6'
const storesInput: Address = beaconRootsContract
const storesInputToo: Address = blockHashHistoryContract

describe('deposits', () => {
  it('mint, transfer and raise the nonce', async () => {
    const chain = createChain('karst')
    const block = await chain.begin()
    const { receipt } = await applied(block, deposit({ mint: 5n, value: 3n, to: stranger }))

    const { state } = block.finish()
    expect(receipt).toMatchObject({
      succeeded: true,
      gasUsed: 21_000n,
      depositNonce: 0n,
      depositReceiptVersion: 1n,
      opFees: undefined,
    })
    expect(state.account(stranger)?.balance).toBe(3n)
    expect(state.account(l1InfoDepositor)).toMatchObject({ nonce: 1n, balance: 2n })
  })

  it.each([
    ['reverts', { to: reverts, gas: 100_000n }, 21_006n],
    ['runs out of gas', { to: runsOutOfGas, gas: 100_000n }, 100_000n],
    ['sends more than it has', { to: stranger, value: 6n, gas: 100_000n }, 100_000n],
    ['has less gas than it costs to begin', { to: stranger, gas: 20_999n }, 20_999n],
    [
      'has less gas than its data costs at least',
      { to: stranger, gas: 40_000n, data: new Uint8Array(3_000) },
      40_000n,
    ],
    [
      'calls itself a system transaction',
      { to: stranger, isSystemTransaction: true, gas: 100_000n },
      100_000n,
    ],
  ])('keep what they minted when one %s', async (_, changes, gasUsed) => {
    const block = await createChain('karst').begin()
    const { receipt } = await applied(block, deposit({ mint: 5n, ...changes }))

    expect(receipt).toMatchObject({ succeeded: false, gasUsed, logs: [] })
    expect(block.finish().state.account(l1InfoDepositor)).toMatchObject({ nonce: 1n, balance: 5n })
  })

  it('report their gas limit before Regolith, and nothing for system transactions', async () => {
    const block = await createChain('bedrock').begin()
    const user = await applied(block, deposit({ to: stranger, gas: 50_000n }))
    const system = await applied(
      block,
      deposit({ to: stranger, gas: 150_000_000n, isSystemTransaction: true }),
    )
    expect(user.receipt).toMatchObject({ gasUsed: 50_000n, depositNonce: undefined })
    expect(system.receipt).toMatchObject({ gasUsed: 0n, cumulativeGasUsed: 50_000n })
  })

  it('are exempt from the gas cap of Karst, but not from the gas of the block', async () => {
    const block = await createChain('karst').begin()
    const { receipt } = await applied(block, deposit({ to: stranger, gas: 20_000_000n }))
    expect(receipt.succeeded).toBe(true)

    const outcome = await block.apply(deposit({ to: stranger, gas: 30_000_000n }))
    expect(outcome).toMatchObject({ type: 'invalid', error: { rule: 'gasAboveBlock' } })
  })

  it('are within the gas of the block before Regolith too, but for system transactions', async () => {
    const block = await createChain('bedrock').begin()
    const tooMuch = { to: stranger, gas: block.gasLeft + 1n }
    await applied(block, deposit({ ...tooMuch, isSystemTransaction: true }))
    const outcome = await block.apply(deposit(tooMuch))
    expect(outcome).toMatchObject({ type: 'invalid', error: { rule: 'gasAboveBlock' } })
  })

  it('may create contracts, at the address of their nonce', async () => {
    const block = await createChain('karst').begin()
    const { receipt } = await applied(
      block,
      deposit({ to: undefined, gas: 200_000n, data: hexToBytes('0x600160005360016000f3') }),
    )
    const { state } = block.finish()
    expect(receipt.succeeded).toBe(true)
    expect(state.code(state.account(receipt.contractAddress!)!.codeHash)).toEqual(Uint8Array.of(1))
  })
})

describe('signed transactions', () => {
  it.each(['regolith', 'ecotone', 'fjord', 'isthmus', 'jovian', 'karst'] as const)(
    'under %s pay every vault its share, and no wei is lost',
    async (fork) => {
      const chain = createChain(fork)
      const block = await chain.begin()
      const { receipt, tip } = await applied(block, await transfer({ value: 7n }))
      const { state } = block.finish()

      const { l1Fee, operatorFee } = receipt.opFees!
      const balanceOf = (address: Address) => state.account(address)?.balance ?? 0n
      expect(receipt).toMatchObject({ succeeded: true, gasUsed: 21_000n })
      expect(tip).toBe(21_000n * 1_000n)
      expect(balanceOf(feeRecipient)).toBe(tip)
      expect(balanceOf(predeploys.baseFeeVault)).toBe(21_000n * block.baseFee)
      expect(l1Fee).toBeGreaterThan(0n)
      expect(balanceOf(predeploys.l1FeeVault)).toBe(l1Fee)
      expect(balanceOf(predeploys.operatorFeeVault)).toBe(operatorFee)
      expect(balanceOf(stranger)).toBe(7n)
      const paid = 7n + l1Fee + operatorFee + 21_000n * (block.baseFee + 1_000n)
      expect(balanceOf(aliceAddress)).toBe(wealth - paid)
    },
  )

  it.each([
    ['isthmus', (21_000n * 3_000_000n) / 1_000_000n + 5n],
    ['jovian', 21_000n * 3_000_000n * 100n + 5n],
  ] as const)('under %s pay the operator by gas used', async (fork, fee) => {
    const block = await createChain(fork).begin()
    const { receipt } = await applied(block, await transfer({ gas: 50_000n }))
    expect(receipt.opFees?.operatorFee).toBe(fee)
  })

  it.each([
    ['nonceTooHigh', { nonce: 1 }],
    ['chainId', { chainId: 10 }],
    ['gasBelowIntrinsic', { gas: 20_999n }],
    ['gasBelowFloor', { gas: 40_000n, data: `0x${'00'.repeat(3_000)}` as Hex }],
    ['gasAboveCap', { gas: 16_777_217n }],
    ['feeCapBelowBaseFee', { maxFeePerGas: 1_000n, maxPriorityFeePerGas: 0n }],
    ['insufficientFunds', { value: wealthOf(1) }],
    ['initCodeTooLarge', { to: null, gas: 10_000_000n, data: `0x${'00'.repeat(49_153)}` as Hex }],
  ])('that break the rule %s leave no trace', async (rule, changes) => {
    const chain = createChain('karst')
    const block = await chain.begin()
    const before = block.finish().hash

    const outcome = await block.apply(await transfer(changes))
    expect(outcome).toMatchObject({ type: 'invalid', error: { rule } })
    expect(block.finish().hash).toBe(before)
  })

  it('cannot come from a contract', async () => {
    const chain = createChain('karst', { [aliceAddress]: { code: hexToBytes('0x00') } })
    const block = await chain.begin()
    expect(await block.apply(await transfer({}))).toMatchObject({
      error: { rule: 'senderHasCode' },
    })
  })

  it('delegate an account to a contract, and run as it', async () => {
    const chain = createChain('isthmus')
    const block = await chain.begin()
    const authorization = await bob.signAuthorization({
      address: storesCallerAtZero,
      chainId: 901,
      nonce: 0,
    })
    const raw = await alice.signTransaction({
      ...common,
      type: 'eip7702',
      to: bob.address,
      gas: 200_000n,
      authorizationList: [authorization],
    })
    const { receipt } = await applied(block, decodeTransaction(hexToBytes(raw)))
    const { state } = block.finish()
    expect(receipt.succeeded).toBe(true)
    expect(state.account(bobAddress)?.nonce).toBe(1n)
    expect(state.storage(bobAddress, zeroHash)).toEqual(hexToBytes(aliceAddress))
    // 21,000 + one authorization, refunded in part as bob exists, + SSTORE on a cold slot.
    const used = 21_000n + 25_000n + 2n + 3n + 22_100n
    expect(receipt.gasUsed).toBe(used - 12_500n)
  })

  it('to plain accounts end in the same state with the EVM and without', async () => {
    const roots: string[] = []
    // A target that may be a precompile goes through the EVM; this one is none.
    for (const to of [
      '0x0000000000000000000000000000000000009999',
      `0x${'99'.repeat(20)}`,
    ] as const) {
      const chain = createChain('karst', { [to]: { balance: 1n } })
      const block = await chain.begin()
      await applied(block, await transfer({ to, value: 5n, data: '0x1234', gas: 60_000n }))
      const { state, header } = block.finish()
      expect(state.account(to)?.balance).toBe(6n)
      roots.push(`${header.gasUsed} ${state.account(aliceAddress)?.balance}`)
    }
    expect(roots[0]).toBe(roots[1])
  })

  it('leave no empty account behind', async () => {
    const block = await createChain('karst').begin()
    await applied(block, await transfer({ to: stranger, value: 0n }))
    expect(block.finish().state.account(stranger)).toBeUndefined()
  })
})

describe('forks', () => {
  it.each<[string, Address, Fork, Fork]>([
    ['PUSH0', pushesZero, 'regolith', 'canyon'],
    ['BLOBBASEFEE', storesBlobBaseFee, 'canyon', 'ecotone'],
    ['CLZ', countsLeadingZeros, 'jovian', 'karst'],
  ])('bring %s', async (_, contract, without, withIt) => {
    for (const [fork, succeeded] of [
      [without, false],
      [withIt, true],
    ] as const) {
      const block = await createChain(fork).begin()
      const { receipt } = await applied(block, deposit({ to: contract, gas: 100_000n }))
      expect(receipt.succeeded).toBe(succeeded)
    }
  })

  it('fix the blob base fee at 1', async () => {
    const block = await createChain('ecotone').begin()
    await applied(block, deposit({ to: storesBlobBaseFee, gas: 100_000n }))
    expect(block.finish().state.storage(storesBlobBaseFee, zeroHash)).toEqual(Uint8Array.of(1))
  })

  it('tell contracts of the beacon root from Ecotone, of the parent hash from Isthmus', async () => {
    for (const [fork, toldRoot, toldHash] of [
      ['canyon', false, false],
      ['ecotone', true, false],
      ['isthmus', true, true],
    ] as const) {
      const chain = createChain(fork)
      const block = await chain.begin()
      const { state } = block.finish()
      const root = state.storage(storesInput, zeroHash)
      const hash = state.storage(storesInputToo, zeroHash)
      expect(root).toEqual(toldRoot ? hexToBytes(beaconRoot) : new Uint8Array(0))
      expect(hash).toEqual(toldHash ? hexToBytes(block.parentHash) : new Uint8Array(0))
    }
  })

  it('want the code of the create2 deployer in the first block of Canyon', async () => {
    const chain = createChain('regolith', {}, { canyon: 2n })
    await expect(chain.begin()).rejects.toMatchObject({
      code: 'STATE_CODE_MISSING',
      context: { hash: '0xb0550b5b431e30d38000efb7107aaa0ade03d48a7198a140edda9d27134468b2' },
    })
  })

  it('let only deposits into the first block of Jovian', async () => {
    const chain = createChain('isthmus', {}, { jovian: 2n })
    const block = await chain.begin('jovian')
    await applied(block, deposit({ to: stranger }))
    expect(await block.apply(await transfer({}))).toMatchObject({
      error: { rule: 'userTransactionInActivationBlock' },
    })
  })

  it('commit to the withdrawals in the header from Isthmus', async () => {
    const slots = new Map([[zeroHash, Uint8Array.of(1)]])
    const withStorage = { [predeploys.l2ToL1MessagePasser]: { storage: slots } }
    const before = (await createChain('holocene', withStorage).begin()).finish()
    const after = (await createChain('isthmus', withStorage).begin()).finish()
    const storageRoot = after.state.account(predeploys.l2ToL1MessagePasser)?.storageRoot
    expect(before.header).toMatchObject({ withdrawalsRoot: emptyRoot, requestsHash: undefined })
    expect(after.header.withdrawalsRoot).toBe(storageRoot)
    expect(storageRoot).not.toBe(emptyRoot)
  })

  it('count data against the gas limit from Jovian', async () => {
    const chain = createChain('jovian')
    const block = await chain.begin(undefined, { gasLimit: 100_000n })
    const { receipt } = await applied(block, await transfer({}))
    // The smallest transaction counts for 100 bytes, at 400 gas a byte.
    expect(receipt.opFees?.daFootprint).toBe(40_000n)
    expect(block.finish().header.blobGasUsed).toBe(40_000n)

    await applied(block, await transfer({ nonce: 1 }))
    expect(await block.apply(await transfer({ nonce: 2 }))).toMatchObject({
      error: { rule: 'daFootprintAboveBlock' },
    })
    expect(block.finish().header).toMatchObject({ blobGasUsed: 80_000n, gasUsed: 42_000n })
  })
})

describe('executeBlock', () => {
  it('accepts what was built, to the hash', async () => {
    const chain = createChain('karst')
    const built = await buildBlock(chain)
    const executed = await executeBlock(chain.deps, chain.state, chain.header, built.envelope)
    expect(executed.hash).toBe(built.block.hash)
    expect(executed.state.root).toBe(built.block.state.root)
  })

  it.each([
    ['stateRoot', { stateRoot: zeroHash }],
    ['receiptsRoot', { receiptsRoot: zeroHash }],
    ['gasUsed', { gasUsed: 1n }],
    ['logsBloom', { logsBloom: new Uint8Array(256).fill(1) }],
    ['blobGasUsed', { blobGasUsed: 1n }],
    ['withdrawalsRoot', { withdrawalsRoot: zeroHash }],
    ['baseFeePerGas', { baseFeePerGas: 1n }],
    ['timestamp', { timestamp: 0n }],
    ['extraData', { extraData: new Uint8Array(9) }],
    ['gasLimit', { gasLimit: 2n ** 63n }],
    ['parentHash', { parentHash: zeroHash }],
    ['parentHash', { blockNumber: 2n }],
    ['encoding', { transactions: [Uint8Array.of(0x03)] }],
    ['encoding', { transactions: [Uint8Array.of(0x7d, 0xc0)] }],
    ['blockHash', { blockHash: zeroHash }],
  ])('names the rule %s when a block breaks it', async (rule, changes) => {
    const chain = createChain('karst')
    const { envelope } = await buildBlock(chain)
    const payload = { ...envelope.executionPayload, ...changes }
    const attempt = executeBlock(chain.deps, chain.state, chain.header, {
      ...envelope,
      executionPayload: payload,
    })
    await expect(attempt).rejects.toThrowError(BlockInvalidError)
    await expect(attempt).rejects.toMatchObject({ rule })
  })

  it('names the transaction that is invalid', async () => {
    const chain = createChain('karst')
    const { envelope } = await buildBlock(chain)
    const { executionPayload } = envelope
    const transactions = [...executionPayload.transactions, executionPayload.transactions[1]!]
    const attempt = executeBlock(chain.deps, chain.state, chain.header, {
      ...envelope,
      executionPayload: { ...executionPayload, transactions },
    })
    await expect(attempt).rejects.toMatchObject({ rule: 'nonceTooLow', context: { index: 2 } })
  })
})

const wealth = 10n ** 20n
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const beaconRoot = `0x${'be'.repeat(32)}` as const
const common = { chainId: 901, nonce: 0, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1_000n }

function wealthOf(share: number): bigint {
  return wealth * BigInt(share)
}

type Accounts = Readonly<Record<Address, Parameters<typeof genesisAccount>[0]>>

/** A chain of two accounts, an L1Block contract's storage and some small contracts. */
function createChain(
  fork: Fork,
  more: Accounts = {},
  later: ExecutionChainConfig['forkTimes'] = {},
) {
  const chain: ExecutionChainConfig = {
    chainId: 901n,
    forkTimes: { ...forkTimesUpTo(fork), ...later },
    chainOpConfig: {
      eip1559Elasticity: 6n,
      eip1559Denominator: 50n,
      eip1559DenominatorCanyon: 250n,
    },
  }
  const contract = (code: Hex) => genesisAccount({ code: hexToBytes(code), nonce: 1n })
  const accounts = new Map(
    Object.entries({
      [aliceAddress]: genesisAccount({ balance: wealth }),
      [bobAddress]: genesisAccount({ balance: 1n }),
      [predeploys.l1Block]: genesisAccount({ nonce: 1n, storage: l1BlockStorage }),
      [reverts]: contract('0x60006000fd'),
      [runsOutOfGas]: contract('0xfe'),
      [storesBlobBaseFee]: contract('0x4a600055'),
      [pushesZero]: contract('0x5f'),
      [countsLeadingZeros]: contract('0x60011e'),
      [storesCallerAtZero]: contract('0x33600055'),
      [storesInput]: contract('0x600035600055'),
      [storesInputToo]: contract('0x600035600055'),
    }) as [Address, ReturnType<typeof genesisAccount>][],
  )
  for (const [address, given] of Object.entries(more) as [Address, Accounts[Address]][]) {
    accounts.set(address, genesisAccount({ balance: wealth, ...given }))
  }
  const nowhere = () => undefined
  const database = new StateDatabase({}, { node: nowhere, code: nowhere })
  const header = { ...defaultGenesisHeader, extraData: extraDataOf(fork) }
  const genesis = buildGenesis({ chain, accounts, header, stateRoot: undefined }, database)
  const deps = { chain, evms, ancestorHash: () => zeroHash }
  return {
    deps,
    header: genesis.header,
    state: genesis.state,
    begin: (blockFork: Fork = fork, { gasLimit = 30_000_000n } = {}) =>
      beginBlock(deps, genesis.state, genesis.header, {
        timestamp: 2n,
        gasLimit,
        prevRandao: zeroHash,
        feeRecipient,
        parentBeaconBlockRoot: withBeaconRoot.includes(blockFork) ? beaconRoot : undefined,
        extraData: extraDataOf(blockFork),
      }),
  }
}

const evms = new EvmPool(901n)
const withBeaconRoot: readonly Fork[] = [
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
  'karst',
]

function extraDataOf(fork: Fork): Uint8Array {
  const params = { denominator: 250, elasticity: 6 }
  if (fork === 'jovian' || fork === 'karst') return encodeExtraData({ ...params, minBaseFee: 0n })
  if (fork === 'holocene' || fork === 'isthmus') {
    return encodeExtraData({ ...params, minBaseFee: undefined })
  }
  return new Uint8Array(0)
}

/** L1 base fee 1 gwei; scalars for every fork; operator fee 3 per gas and 5; DA footprint scalar 400. */
const l1BlockStorage = new Map<Hex, Uint8Array>(
  (
    [
      [1, 1_000_000_000n],
      [3, (1_000n << 96n) | (2_000n << 64n)],
      [5, 188n],
      [6, 684_000n],
      [7, 1n],
      [8, (400n << 96n) | (3_000_000n << 64n) | 5n],
    ] as const
  ).map(([slot, value]) => [
    `0x${slot.toString(16).padStart(64, '0')}`,
    hexToBytes(`0x${value.toString(16).padStart(64, '0')}`.replace(/^0x(00)+/, '0x')),
  ]),
)

function deposit(changes: Partial<Parameters<typeof encodeDepositTransaction>[0]>): Transaction {
  return decodeTransaction(
    encodeDepositTransaction({
      sourceHash: zeroHash,
      from: l1InfoDepositor,
      to: zeroAddress,
      mint: 0n,
      value: 0n,
      gas: 21_000n,
      isSystemTransaction: false,
      data: new Uint8Array(0),
      ...changes,
    }),
  )
}

interface TransferChanges {
  readonly to?: Address | null
  readonly value?: bigint
  readonly nonce?: number
  readonly chainId?: number
  readonly gas?: bigint
  readonly data?: Hex
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
}

async function transfer(changes: TransferChanges): Promise<Transaction> {
  const raw = await alice.signTransaction({
    type: 'eip1559',
    ...common,
    to: stranger,
    value: 1n,
    gas: 21_000n,
    ...changes,
  })
  return decodeTransaction(hexToBytes(raw))
}

async function applied(block: BlockExecution, tx: Transaction): Promise<AppliedTransaction> {
  const outcome = await block.apply(tx)
  if (outcome.type === 'invalid') throw outcome.error
  return outcome
}

async function buildBlock(chain: { begin(): Promise<BlockExecution>; header: BlockHeader }) {
  const block = await chain.begin()
  await applied(block, deposit({ mint: 1n }))
  await applied(block, await transfer({}))
  const finished = block.finish()
  const raws = finished.transactions.map(({ raw }) => raw)
  return { block: finished, envelope: headerToEnvelope(finished.header, raws) }
}
