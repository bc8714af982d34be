import type { Hash } from '../../base/hex.ts'
import { predeploys } from '../../chain/addresses.ts'
import { isForkActivation } from '../../chain/forks.ts'
import { nextBaseFee } from '../../protocol/baseFee.ts'
import {
  type BlockHeader,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyTrieRoot,
  hashHeader,
} from '../../protocol/header.ts'
import { mergeBloom } from '../../protocol/logsBloom.ts'
import { transactionsRoot } from '../../protocol/payloadHeader.ts'
import { receiptsRoot } from '../../protocol/receipt.ts'
import type { SignedTransaction } from '../../protocol/signedTransaction.ts'
import { type ExecutionChainConfig, type ForkRules, rulesAt } from '../chainConfig.ts'
import type { EvmPool } from '../evm/evmPool.ts'
import type { BlockContext } from '../evm/opEvm.ts'
import type { Pause } from '../evm/pausePoints.ts'
import { daFootprint } from '../fees/daFootprint.ts'
import { type FeeParameters, readFeeParameters } from '../fees/feeParameters.ts'
import { l1GasUsed } from '../fees/l1Fee.ts'
import { JournaledState } from '../state/journaledState.ts'
import type { NewStateContent, WorldState } from '../state/worldState.ts'
import { applyDeposit } from '../transaction/applyDeposit.ts'
import { applySigned } from '../transaction/applySigned.ts'
import { TransactionInvalidError } from '../transaction/invalid.ts'
import type { DepositedTransaction, Transaction } from '../transaction/transaction.ts'
import type { TransitionContext, TransitionResult } from '../transaction/transition.ts'
import { assertWellFormed } from '../transaction/validity.ts'
import { assertEnvironment, type BlockEnvironment } from './blockEnvironment.ts'
import { applyIrregularChanges, callSystemContracts } from './preExecution.ts'
import { type ExecutionReceipt, receiptOf } from './receipt.ts'

/** What every block of a chain is executed with. */
export interface ExecutionDeps {
  readonly chain: ExecutionChainConfig
  readonly evms: EvmPool
  /** Where a block that takes long lets others have a turn. */
  readonly pause?: Pause | undefined
  /**
   * The hash of the block `number` on the chain that ends in `descendant`, up to 255 blocks before it.
   *
   * @throws when that block is not known: the engine has no history, and cannot execute.
   */
  readonly ancestorHash: (descendant: BlockHeader, number: bigint) => Hash
}

/** What became of a transaction. An invalid one left no trace; others may follow. */
export type TransactionOutcome =
  | AppliedTransaction
  | { readonly type: 'invalid'; readonly error: TransactionInvalidError }

export interface AppliedTransaction {
  readonly type: 'applied'
  readonly receipt: ExecutionReceipt
  readonly returnValue: Uint8Array
  /** Why it failed, where it did: `revert` or another of the EVM's errors. */
  readonly failure: string | undefined
  /** Wei to the fee recipient. */
  readonly tip: bigint
}

/** A block with its transactions, receipts and state, ready to be stored. */
export interface FinishedBlock {
  readonly header: BlockHeader
  readonly hash: Hash
  readonly transactions: readonly Transaction[]
  readonly receipts: readonly ExecutionReceipt[]
  readonly state: WorldState
  /** What must be stored for `state` to be found again. */
  readonly content: NewStateContent
  /** Wei that the fee recipient got. */
  readonly value: bigint
}

/**
 * Opens the block that follows `parent`: checks its environment and makes the changes that precede its transactions.
 *
 * @param state - As of `parent`.
 * @throws {BlockInvalidError}
 */
export async function beginBlock(
  deps: ExecutionDeps,
  state: WorldState,
  parent: BlockHeader,
  environment: BlockEnvironment,
): Promise<BlockExecution> {
  const rules = rulesAt(deps.chain, environment.timestamp)
  assertEnvironment(deps.chain, parent, environment)
  const execution = new BlockExecution(deps, rules, state, parent, environment)
  await execution.open()
  return execution
}

/** A block while it takes in transactions, one at a time. */
export class BlockExecution {
  readonly rules: ForkRules
  readonly baseFee: bigint
  readonly parentHash: Hash
  readonly #deps: ExecutionDeps
  readonly #base: WorldState
  readonly #parent: BlockHeader
  readonly #environment: BlockEnvironment
  readonly #context: TransitionContext
  readonly #isActivationBlock: boolean
  readonly #transactions: Transaction[] = []
  readonly #receipts: ExecutionReceipt[] = []
  readonly #bloom = new Uint8Array(256)
  /** Of the transaction that is being applied. */
  #pause: Pause | undefined
  #feeParameters: FeeParameters | undefined
  #gasUsed = 0n
  #daFootprint = 0n
  #value = 0n

  /** {@link beginBlock} makes these. */
  constructor(
    deps: ExecutionDeps,
    rules: ForkRules,
    state: WorldState,
    parent: BlockHeader,
    environment: BlockEnvironment,
  ) {
    const { chain, evms } = deps
    this.rules = rules
    this.baseFee = nextBaseFee(chain, chain.chainOpConfig, parent, environment.timestamp)
    this.parentHash = hashHeader(parent)
    this.#deps = deps
    this.#base = state
    this.#parent = parent
    this.#environment = environment
    this.#isActivationBlock = (['jovian', 'karst'] as const).some((fork) =>
      isForkActivation(chain, fork, parent.timestamp, environment.timestamp),
    )
    this.#context = {
      chainId: chain.chainId,
      rules,
      evms,
      pause: () => this.#pause?.(),
      state: new JournaledState(state),
      block: this.#blockContext(),
    }
  }

  get number(): bigint {
    return this.#parent.number + 1n
  }

  get gasUsed(): bigint {
    return this.#gasUsed
  }

  /** Gas that the next transaction's limit may not exceed. */
  get gasLeft(): bigint {
    return this.#environment.gasLimit - this.#gasUsed
  }

  /** Gas that the data of all transactions takes; 0 before Jovian. Bounded by the gas limit as `gasUsed` is. */
  get daFootprint(): bigint {
    return this.#daFootprint
  }

  /** Wei that the fee recipient gets so far. */
  get value(): bigint {
    return this.#value
  }

  get transactionCount(): number {
    return this.#transactions.length
  }

  /** Makes the changes that precede the transactions. Called once, by {@link beginBlock}. */
  async open(): Promise<void> {
    applyIrregularChanges(this.#context, this.#deps.chain, this.#parent.timestamp)
    await callSystemContracts(this.#context, {
      parentHash: this.parentHash,
      parentBeaconBlockRoot: this.#environment.parentBeaconBlockRoot,
    })
  }

  /**
   * Executes a transaction as the next of the block. Calls must not overlap.
   *
   * Any throw is an internal fault (a damaged store, a bug) or what `pause` throws to give the transaction up; the state
   * is then as it was before the call.
   *
   * @param pause - Instead of that of all blocks.
   */
  async apply(
    transaction: Transaction,
    pause: Pause | undefined = this.#deps.pause,
  ): Promise<TransactionOutcome> {
    const { state } = this.#context
    this.#pause = pause
    state.beginTransaction()
    state.checkpoint()
    try {
      const applied =
        transaction.type === 0x7e
          ? await this.#applyDeposit(transaction)
          : await this.#applySigned(transaction)
      state.commit()
      return applied
    } catch (error) {
      // The EVM may have been left in the middle of calls within calls.
      state.revertAll()
      if (error instanceof TransactionInvalidError) return { type: 'invalid', error }
      throw error
    }
  }

  /** The block with the transactions so far. More may be applied afterwards, for a later, fuller block. */
  finish(): FinishedBlock {
    const { state, content } = this.#base.apply(this.#context.state.changes())
    const transactions = this.#transactions.slice()
    const receipts = this.#receipts.slice()
    const header: BlockHeader = {
      parentHash: this.parentHash,
      ommersHash: emptyOmmersHash,
      beneficiary: this.#environment.feeRecipient,
      stateRoot: state.root,
      transactionsRoot: transactionsRoot(transactions.map(({ raw }) => raw)),
      receiptsRoot: receiptsRoot(receipts),
      logsBloom: this.#bloom.slice(),
      difficulty: 0n,
      number: this.number,
      gasLimit: this.#environment.gasLimit,
      gasUsed: this.#gasUsed,
      timestamp: this.#environment.timestamp,
      extraData: this.#environment.extraData,
      mixHash: this.#environment.prevRandao,
      nonce: new Uint8Array(8),
      baseFeePerGas: this.baseFee,
      withdrawalsRoot: this.#withdrawalsRoot(state),
      blobGasUsed: this.rules.isActive('ecotone') ? this.#daFootprint : undefined,
      excessBlobGas: this.rules.isActive('ecotone') ? 0n : undefined,
      parentBeaconBlockRoot: this.#environment.parentBeaconBlockRoot,
      requestsHash: this.rules.isActive('isthmus') ? emptyRequestsHash : undefined,
    }
    const hash = hashHeader(header)
    return { header, hash, transactions, receipts, state, content, value: this.#value }
  }

  async #applyDeposit(deposit: DepositedTransaction): Promise<AppliedTransaction> {
    // Before Regolith system transactions were outside the block's gas.
    if (this.rules.isActive('regolith') || !deposit.isSystemTransaction) {
      this.#assertGasLeft(deposit.gas)
    }
    const result = await applyDeposit(this.#context, deposit)
    const receipt = receiptOf(deposit, result, {
      cumulativeGasUsed: this.#gasUsed + result.gasUsed,
      nonce: result.nonce,
      effectiveGasPrice: 0n,
      opFees: undefined,
      depositNonce: this.rules.isActive('regolith') ? result.nonce : undefined,
      depositReceiptVersion: this.rules.isActive('canyon') ? 1n : undefined,
    })
    return this.#include(deposit, receipt, result, 0n)
  }

  async #applySigned(transaction: SignedTransaction): Promise<AppliedTransaction> {
    const { chain } = this.#deps
    assertWellFormed(transaction, chain, this.rules)
    this.#assertGasLeft(transaction.gasLimit)
    if (this.#isActivationBlock) {
      throw new TransactionInvalidError(
        'userTransactionInActivationBlock',
        `the first block of ${this.rules.fork} takes deposits only`,
      )
    }
    const parameters = this.#parameters()
    const footprint = daFootprint(transaction.raw, parameters)
    const footprintLeft = this.#environment.gasLimit - this.#daFootprint
    if (footprint > footprintLeft) {
      throw new TransactionInvalidError(
        'daFootprintAboveBlock',
        `DA footprint ${footprint} is above the ${footprintLeft} that the block has left`,
      )
    }
    const result = await applySigned(this.#context, parameters, transaction)
    this.#daFootprint += footprint
    const receipt = receiptOf(transaction, result, {
      cumulativeGasUsed: this.#gasUsed + result.gasUsed,
      nonce: transaction.nonce,
      effectiveGasPrice: result.effectiveGasPrice,
      opFees: {
        l1Fee: result.l1Fee,
        l1GasUsed: l1GasUsed(transaction.raw, parameters, this.rules),
        operatorFee: result.operatorFee,
        daFootprint: this.rules.isActive('jovian') ? footprint : undefined,
        parameters,
      },
      depositNonce: undefined,
      depositReceiptVersion: undefined,
    })
    return this.#include(transaction, receipt, result, result.tip)
  }

  #include(
    transaction: Transaction,
    receipt: ExecutionReceipt,
    result: TransitionResult,
    tip: bigint,
  ): AppliedTransaction {
    this.#gasUsed += result.gasUsed
    this.#value += tip
    this.#transactions.push(transaction)
    this.#receipts.push(receipt)
    mergeBloom(this.#bloom, receipt.logsBloom)
    const { returnValue, failure } = result
    return { type: 'applied', receipt, returnValue, failure, tip }
  }

  #assertGasLeft(gasLimit: bigint): void {
    if (gasLimit <= this.gasLeft) return
    throw new TransactionInvalidError(
      'gasAboveBlock',
      `gas limit ${gasLimit} is above the ${this.gasLeft} that the block has left`,
    )
  }

  /** As the block's first transaction, the L1-attributes deposit, has left them. */
  #parameters(): FeeParameters {
    const { state } = this.#context
    this.#feeParameters ??= readFeeParameters(
      (address, slot) => state.storage(address, slot),
      this.rules,
    )
    return this.#feeParameters
  }

  #withdrawalsRoot(state: WorldState): Hash | undefined {
    if (this.rules.isActive('isthmus')) {
      return state.account(predeploys.l2ToL1MessagePasser)?.storageRoot ?? emptyTrieRoot
    }
    return this.rules.isActive('canyon') ? emptyTrieRoot : undefined
  }

  #blockContext(): BlockContext {
    const { timestamp, feeRecipient, gasLimit, prevRandao } = this.#environment
    const blockHash = (number: bigint) => {
      if (number === this.#parent.number) return this.parentHash
      if (number === this.#parent.number - 1n) return this.#parent.parentHash
      return this.#deps.ancestorHash(this.#parent, number)
    }
    const { number, baseFee } = this
    return { number, timestamp, feeRecipient, gasLimit, baseFee, prevRandao, blockHash }
  }
}
