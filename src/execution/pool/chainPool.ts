import { DecodeError } from '../../base/errors.ts'
import type { Address, Hash } from '../../base/hex.ts'
import { isDepositTransaction } from '../../protocol/transaction.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import type { CanonicalChange, ChainStore } from '../chain/chainStore.ts'
import { type ExecutionChainConfig, rulesAt } from '../chainConfig.ts'
import { readFeeParameters } from '../fees/feeParameters.ts'
import { emptyAccount } from '../state/account.ts'
import type { StateDatabase } from '../state/stateDatabase.ts'
import { WorldState } from '../state/worldState.ts'
import { type AdmissionContext, admitTransaction } from './admission.ts'
import { PoolError } from './poolError.ts'
import { type PoolHead, type PoolOptions, TransactionPool } from './transactionPool.ts'

export interface ChainPoolDeps {
  readonly config: ExecutionChainConfig
  readonly chain: ChainStore
  readonly states: StateDatabase
  readonly clock: Clock
  readonly logger: Logger
}

/** The transaction pool on top of a chain: admits by the rules of the head, and follows it. */
export class ChainPool {
  readonly pool: TransactionPool
  readonly #deps: ChainPoolDeps
  #state: WorldState
  #context: AdmissionContext

  constructor(options: PoolOptions, deps: ChainPoolDeps) {
    this.#deps = deps
    this.#state = this.#headState()
    this.#context = this.#admissionContext()
    this.pool = new TransactionPool(options, { clock: deps.clock, head: this.#poolHead() })
  }

  /**
   * Takes in a signed transaction.
   *
   * @throws {PoolError}
   * @throws {DecodeError} when the bytes are no transaction.
   */
  submit(raw: Uint8Array): Hash {
    const admitted = admitTransaction(raw, this.#context)
    this.pool.add(admitted)
    return admitted.hash
  }

  /** Drops what the new chain contains and takes back what only the old one contained. */
  noteCanonicalChange({ removed, added }: CanonicalChange): void {
    this.#state = this.#headState()
    this.#context = this.#admissionContext()
    this.pool.moveTo(this.#poolHead(), [...removed, ...added].flatMap(sendersOf))
    for (const block of removed.toReversed()) this.#takeBack(block)
  }

  #takeBack(block: BlockRecord): void {
    for (const raw of block.transactions) {
      if (isDepositTransaction(raw)) continue
      try {
        this.submit(raw)
      } catch (error) {
        // Most often it is in the new chain too, or was only good on the old one.
        if (!(error instanceof PoolError || error instanceof DecodeError)) throw error
        this.#deps.logger.debug('Dropped a transaction of a removed block', { error })
      }
    }
  }

  #headState(): WorldState {
    return WorldState.at(this.#deps.states, this.#deps.chain.headHeader.stateRoot)
  }

  #poolHead(): PoolHead {
    const state = this.#state
    return { account: (address) => state.account(address) ?? emptyAccount }
  }

  #admissionContext(): AdmissionContext {
    const { config, chain, clock } = this.#deps
    const { timestamp, gasLimit } = chain.headHeader
    const state = this.#state
    const now = BigInt(Math.floor(clock.now() / 1000))
    const rules = rulesAt(config, now > timestamp ? now : timestamp)
    const fees = readFeeParameters((address, slot) => state.storage(address, slot), rules)
    const code = (address: Address) => {
      const account = state.account(address)
      return account === undefined ? new Uint8Array(0) : state.code(account.codeHash)
    }
    return { config, rules, gasLimit, fees, code }
  }
}

/** Whose nonce a block moved. Others whom it changed are found out when a block is built. */
function sendersOf({ outcomes }: BlockRecord): Address[] {
  return outcomes.map(({ sender }) => sender)
}
