import { type Address, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { keccak256Hex } from '../../src/base/keccak.ts'
import { rlpEncode } from '../../src/base/rlp.ts'
import { predeploys } from '../../src/chain/addresses.ts'
import type { Fork } from '../../src/chain/forks.ts'
import { type ForkRules, rulesOf } from '../../src/execution/chainConfig.ts'
import type { EvmPool } from '../../src/execution/evm/evmPool.ts'
import type { FeeParameters } from '../../src/execution/fees/feeParameters.ts'
import { emptyAccount } from '../../src/execution/state/account.ts'
import { JournaledState } from '../../src/execution/state/journaledState.ts'
import { StateDatabase } from '../../src/execution/state/stateDatabase.ts'
import { WorldState } from '../../src/execution/state/worldState.ts'
import { applySigned } from '../../src/execution/transaction/applySigned.ts'
import { assertWellFormed } from '../../src/execution/transaction/validity.ts'
import type { Log } from '../../src/protocol/receipt.ts'
import { SignedTransaction } from '../../src/protocol/signedTransaction.ts'

/** A GeneralStateTest of ethereum/tests: one state and one transaction with variants. */
export interface StateTest {
  readonly env: Readonly<Record<string, Hex>>
  readonly pre: Readonly<
    Record<
      Address,
      {
        readonly balance: Hex
        readonly nonce: Hex
        readonly code: Hex
        readonly storage: Readonly<Record<Hex, Hex>>
      }
    >
  >
  readonly post: Readonly<Record<string, readonly StateTestPost[]>>
}

export interface StateTestPost {
  readonly hash: Hash
  readonly logs: Hash
  readonly txbytes: Hex
  readonly expectException?: string
}

/** Forks of Ethereum whose rules a fork of the OP Stack shares. */
export const opForkOf: Readonly<Record<string, Fork>> = {
  Paris: 'regolith',
  Shanghai: 'canyon',
  Cancun: 'ecotone',
  Prague: 'isthmus',
  Osaka: 'karst',
}

/** Root of the state and hash of the logs after a variant; `invalid` when the transaction is refused. */
export async function runStateTest(
  test: StateTest,
  post: StateTestPost,
  fork: Fork,
  evms: EvmPool,
): Promise<{ readonly root: Hash; readonly logs: Hash; readonly invalid: string | undefined }> {
  const nowhere = () => undefined
  const database = new StateDatabase({}, { node: nowhere, code: nowhere })
  const base = preState(test, database)
  const rules = rulesOf(fork)
  try {
    const state = new JournaledState(base)
    const logs = await runTransaction(test, hexToBytes(post.txbytes), rules, state, evms)
    // Ethereum burns what the OP Stack collects.
    state.deleteAccount(predeploys.baseFeeVault)
    return {
      root: base.apply(state.changes()).state.root,
      logs: hashLogs(logs),
      invalid: undefined,
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return { root: base.root, logs: hashLogs([]), invalid: error.message }
  }
}

async function runTransaction(
  { env }: StateTest,
  raw: Uint8Array,
  rules: ForkRules,
  state: JournaledState,
  evms: EvmPool,
): Promise<readonly Log[]> {
  const chainId = 1n
  const transaction = new SignedTransaction(raw)
  const chainOpConfig = {
    eip1559Elasticity: 2n,
    eip1559Denominator: 8n,
    eip1559DenominatorCanyon: 8n,
  }
  assertWellFormed(transaction, { chainId, forkTimes: {}, chainOpConfig }, rules)
  const gasLimit = BigInt(env['currentGasLimit']!)
  if (transaction.gasLimit > gasLimit) {
    throw Object.assign(new Error('gas limit above that of the block'), { code: 'BLOCK_GAS' })
  }
  const block = {
    number: BigInt(env['currentNumber']!),
    timestamp: BigInt(env['currentTimestamp']!),
    feeRecipient: env['currentCoinbase']!,
    gasLimit,
    baseFee: BigInt(env['currentBaseFee']!),
    prevRandao: env['currentRandom']!,
    blockHash: (number: bigint) => keccak256Hex(new TextEncoder().encode(String(number))),
  }
  const result = await applySigned({ chainId, rules, block, state, evms }, noFees, transaction)
  return result.logs
}

const noFees: FeeParameters = {
  l1BaseFee: 0n,
  l1: { type: 'ecotone', blobBaseFee: 0n, baseFeeScalar: 0n, blobBaseFeeScalar: 0n },
  operator: undefined,
  daFootprintGasScalar: undefined,
}

function preState({ pre }: StateTest, database: StateDatabase): WorldState {
  const state = new JournaledState(WorldState.empty(database))
  for (const [address, account] of Object.entries(pre) as [Address, StateTest['pre'][Address]][]) {
    state.setAccount(address, {
      ...emptyAccount,
      nonce: BigInt(account.nonce),
      balance: BigInt(account.balance),
    })
    const code = hexToBytes(account.code)
    if (code.length > 0) state.setCode(address, code)
    for (const [slot, value] of Object.entries(account.storage)) {
      state.setStorage(address, wordOf(slot), minimal(value))
    }
  }
  return WorldState.empty(database).apply(state.changes()).state
}

function hashLogs(logs: readonly Log[]): Hash {
  return keccak256Hex(
    rlpEncode(logs.map((log) => [hexToBytes(log.address), log.topics.map(hexToBytes), log.data])),
  )
}

function wordOf(hex: string): Hash {
  return `0x${hex.slice(2).padStart(64, '0')}`
}

function minimal(hex: string): Uint8Array {
  const digits = hex.slice(2).replace(/^(00)+/, '')
  return hexToBytes(`0x${digits.length % 2 === 1 ? '0' : ''}${digits}`)
}
