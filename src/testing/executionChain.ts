import { privateKeyToAccount } from 'viem/accounts'
import { type Address, type Hash, type Hex, hexToBytes, zeroHash } from '../base/hex.ts'
import { predeploys } from '../chain/addresses.ts'
import type { Fork } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { createL2Genesis } from '../devnet/genesis/l2Genesis.ts'
import { defaultDevnetOptions } from '../devnet/options.ts'
import type { KeyValueStore } from '../execution/chain/store.ts'
import { MemoryStore } from '../execution/chain/store.ts'
import {
  type EngineStack,
  type EngineStackOptions,
  openEngineStack,
} from '../execution/engineStack.ts'
import { genesisFromJson } from '../execution/genesisJson.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { payloadBlockHash } from '../protocol/payloadHeader.ts'
import type { Clock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { ManualClock } from './manualClock.ts'

/** Accounts with 10,000 ETH each on the chains of {@link testGenesis}. */
export const testAccounts = [1, 2, 3, 4].map((i) =>
  privateKeyToAccount(`0x${i.toString(16).padStart(64, '0')}`),
)

/** Timestamp of the genesis block. */
export const testGenesisTime = 1_700_000_000n

const slot = (index: number) => `0x${index.toString(16).padStart(64, '0')}`

/**
 * A `genesis.json` for chain 901 with funded accounts.
 *
 * The L1Block contract has no code but storage: L1 base fee 10 gwei, blob base fee 1 gwei, scalars
 * 1000 and 2000, operator fee 3 and 5, DA footprint scalar 400.
 */
export function testGenesis({ fork = 'karst' as Fork, alloc = {} as object } = {}): unknown {
  const funded = Object.fromEntries(
    testAccounts.map(({ address }) => [address, { balance: `0x${(10n ** 22n).toString(16)}` }]),
  )
  const l1Block = {
    balance: '0x0',
    storage: {
      [slot(1)]: slot(10_000_000_000),
      [slot(3)]:
        `0x${(1000).toString(16).padStart(40, '0')}${(2000).toString(16).padStart(8, '0')}${'0'.repeat(16)}`,
      [slot(7)]: slot(1_000_000_000),
      [slot(8)]:
        `0x${'0'.repeat(36)}${(400).toString(16).padStart(4, '0')}${(3).toString(16).padStart(8, '0')}${(5).toString(16).padStart(16, '0')}`,
    },
  }
  return createL2Genesis({ ...defaultDevnetOptions, fork }, testGenesisTime, {
    ...funded,
    [predeploys.l1Block]: l1Block,
    ...alloc,
  } as Parameters<typeof createL2Genesis>[2])
}

export interface TestChainOptions extends Partial<Omit<EngineStackOptions, 'genesis'>> {
  /** A `genesis.json`; {@link testGenesis} unless given. */
  readonly genesis?: unknown
  readonly store?: KeyValueStore
  /** One that stands still at genesis unless given: no deadline passes, however slow the host is. */
  readonly clock?: Clock
  readonly rollup?: RollupConfig
}

/** A running engine without servers, and the steps of a rollup node that sequences on it. */
export interface TestChain extends AsyncDisposable {
  readonly stack: EngineStack
  /** Attributes of the block that follows `parent`, two seconds later. */
  attributes(parent: Hash, changes?: Partial<PayloadAttributes>): PayloadAttributes
  /** Begins and seals a block; it is not inserted. */
  build(parent: Hash, changes?: Partial<PayloadAttributes>): Promise<PayloadEnvelope>
  /** Builds a block on the head, inserts it and makes it the head. */
  extend(changes?: Partial<PayloadAttributes>): Promise<PayloadEnvelope>
  setHead(hash: Hash): Promise<void>
  /** Puts a transfer into the pool. */
  transfer(from: number, nonce: number, changes?: TransferChanges): Promise<Hash>
}

export interface TransferChanges {
  readonly to?: Address
  readonly value?: bigint
  readonly gas?: bigint
  readonly data?: Hex
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
  readonly chainId?: number
}

/** A signed EIP-1559 transfer of test account `from`. */
export async function signedTransfer(
  from: number,
  nonce: number,
  changes: TransferChanges = {},
): Promise<Uint8Array> {
  const raw = await testAccounts[from]!.signTransaction({
    type: 'eip1559',
    chainId: 901,
    nonce,
    to: `0x${'7e'.repeat(20)}`,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 10n ** 6n,
    ...changes,
  })
  return hexToBytes(raw)
}

export async function openTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const { genesis = testGenesis(), store = new MemoryStore() } = options
  const clock = options.clock ?? new ManualClock(Number(testGenesisTime) * 1000)
  const stack = await openEngineStack(
    { rollup: undefined, ...options, genesis: genesisFromJson(genesis) },
    { store, clock, logger: silentLogger },
  )
  const { engine, chain } = stack

  const attributes: TestChain['attributes'] = (parent, changes) => {
    const { timestamp, gasLimit } = chain.header(parent)!
    return {
      timestamp: timestamp + 2n,
      prevRandao: `0x${'1a'.repeat(32)}`,
      suggestedFeeRecipient: predeploys.sequencerFeeVault,
      withdrawals: [],
      parentBeaconBlockRoot: `0x${'2b'.repeat(32)}`,
      transactions: [],
      noTxPool: false,
      gasLimit,
      eip1559Params: new Uint8Array(8),
      minBaseFee: 0n,
      ...changes,
    }
  }
  const forkchoice = (head: Hash) => ({
    headBlockHash: head,
    safeBlockHash: zeroHash,
    finalizedBlockHash: zeroHash,
  })
  const setHead: TestChain['setHead'] = async (hash) => {
    const { payloadStatus } = await engine.forkchoiceUpdated(forkchoice(hash), undefined)
    if (payloadStatus.status !== 'VALID') throw new Error(`head is ${payloadStatus.status}`)
  }
  const build: TestChain['build'] = async (parent, changes) => {
    const wanted = attributes(parent, changes)
    const { payloadId } = await engine.forkchoiceUpdated(forkchoice(parent), wanted)
    await stack.builder.filled()
    const envelope = await engine.getPayload(payloadId!)
    if (payloadBlockHash(envelope) !== envelope.executionPayload.blockHash) {
      throw new Error('the block hash is not that of the header')
    }
    return envelope
  }
  return {
    stack,
    attributes,
    build,
    setHead,
    extend: async (changes) => {
      const envelope = await build(chain.heads.head.hash, changes)
      const { status, validationError } = await engine.newPayload(envelope)
      if (status !== 'VALID') throw new Error(`block is ${status}: ${validationError}`)
      await setHead(envelope.executionPayload.blockHash)
      return envelope
    },
    transfer: async (from, nonce, changes) =>
      stack.pool.submit(await signedTransfer(from, nonce, changes)),
    [Symbol.asyncDispose]: () => stack.close(),
  }
}
