import { assertNever } from '../base/assertNever.ts'
import { ChainError, TaktError } from '../base/errors.ts'
import { hexToBytes, parseHex } from '../base/hex.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withExpiry } from '../runtime/expiry.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import { assertCanPay, awaitFunds } from '../txmgr/funds.ts'
import type { FeeSuggestion, TxManager, TxReceipt } from '../txmgr/interface.ts'
import { TxError } from '../txmgr/txError.ts'
import { createDisputeGameFactory } from './disputeGameFactory.ts'
import type { L1Reader, NodeStatus, Output, OutputSource, ProposalContract } from './interface.ts'
import { createL2OutputOracle } from './l2OutputOracle.ts'
import type { ProposerOptions } from './options.ts'
import { whileOutputStands } from './outputStands.ts'
import { ProposerHealth } from './proposerHealth.ts'

export interface ProposerDeps {
  readonly outputs: OutputSource
  readonly l1: L1Reader
  readonly transactions: TxManager
  readonly clock: Clock
  readonly logger: Logger
  /** Told of every proposal that is on L1. */
  readonly onProposed?: ((output: Output, receipt: TxReceipt) => void) | undefined
  /** Told of every look that ended with an error, and of every proposal that reverted. */
  readonly onFailed?: (() => void) | undefined
}

/** Proposes output roots to L1 as long as it runs. */
export interface Proposer {
  readonly isRunning: boolean
  /** Why it does not do its work; empty when it does, and while it is stopped. */
  readonly problems: readonly string[]
  /** Rejects when the proposer meets what it was not made for; never resolves before `close`. */
  readonly ended: Promise<void>
  /**
   * Checks the contract and begins to propose.
   *
   * @throws {TaktError} `PROPOSER_RUNNING`; {ConfigError} `CONTRACT_MISSING`, `WRONG_PROPOSER`, `GAME_TYPE_UNKNOWN`,
   * `PROPOSER_UNFUNDED`; {ChainError} `temporary`
   */
  start(signal?: AbortSignal): Promise<void>
  /** Gives up on a proposal that is on its way. @throws {TaktError} `PROPOSER_STOPPED` */
  stop(): Promise<void>
  close(): Promise<void>
}

/** What came of one look at the chains. */
type ProposalStep =
  /** The node has no block that may be proposed, or the contract asks for none yet. */
  | { readonly type: 'waiting'; readonly for: 'node' | 'contract' }
  | { readonly type: 'known'; readonly output: Output }
  | { readonly type: 'proposed'; readonly output: Output; readonly receipt: TxReceipt }

// As op-proposer: how long one proposal may take, and how often a node that syncs is looked at.
const proposalTimeoutMs = 600_000
const syncPollMs = 12_000

type Finality = Pick<ProposerOptions, 'allowNonFinalized'>

const waitingFor = {
  node: 'Waiting for the rollup node to have a block that may be proposed',
  contract: 'Waiting for the next proposal to be due',
}

/** A proposer that has yet to be started. */
export function createProposer(options: ProposerOptions, deps: ProposerDeps): Proposer {
  const contract = createContract(options, deps)
  const { clock, logger, transactions } = deps
  const ended = Promise.withResolvers<void>()
  // Whoever starts a proposer need not watch it.
  ended.promise.catch(() => undefined)
  const orders = new SerialExecutor()
  let health = new ProposerHealth(options, deps)
  let isWaitingForFunds = false
  let told: string | undefined
  let running: { readonly abort: AbortController; readonly loop: Promise<void> } | undefined

  async function start(signal: AbortSignal | undefined): Promise<void> {
    if (running !== undefined) {
      throw new TaktError('PROPOSER_RUNNING', 'the proposer is already running')
    }
    const abort = new AbortController()
    const version = await contract.connect(transactions.address, signal ?? abort.signal)
    if (!options.waitForFunds) await assertCanPropose(signal ?? abort.signal)
    logger.info('Proposer started', { contract: contract.address, version })
    health = new ProposerHealth(options, deps)
    running = { abort, loop: run(abort.signal) }
  }

  async function assertCanPropose(signal: AbortSignal): Promise<void> {
    const { gas, bond } = await contract.cost(signal)
    const cost = ({ baseFee, tip }: FeeSuggestion) => gas * (baseFee + tip) + bond
    await assertCanPay({ service: 'proposer', what: 'one proposal', cost }, transactions, signal)
  }

  async function stop(): Promise<void> {
    if (running === undefined) {
      throw new TaktError('PROPOSER_STOPPED', 'the proposer is not running')
    }
    const { abort, loop } = running
    running = undefined
    abort.abort(new TaktError('PROPOSER_STOPPED', 'the proposer was stopped'))
    await loop
    logger.info('Proposer stopped')
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      isWaitingForFunds = options.waitForFunds
      if (isWaitingForFunds) await awaitFunds(assertCanPropose, options, deps, signal)
      isWaitingForFunds = false
      if (options.waitNodeSync) await waitForNode(deps, signal)
      for (;;) {
        await look(signal)
        await sleep(clock, options.pollIntervalMs, signal)
      }
    } catch (error) {
      if (!signal.aborted) ended.reject(error)
    }
  }

  /** One look, whose foreseen troubles wait for the next one. */
  async function look(signal: AbortSignal): Promise<void> {
    const startedMs = clock.now()
    try {
      const step = await withExpiry(
        clock,
        proposalTimeoutMs,
        proposalTimedOut,
        (signal) => proposalStep(options, { ...deps, contract }, signal),
        signal,
      )
      health.noteLook()
      report(step)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TaktError)) throw error
      deps.onFailed?.()
      health.noteFailure(error, startedMs)
      const isRefused = error instanceof TxError && error.code !== 'TX_NOT_IN_MEMPOOL'
      logger[isRefused ? 'error' : 'warn']('Could not propose an output root', { error })
    }
  }

  function report(step: ProposalStep): void {
    const state = step.type === 'waiting' ? step.for : step.type
    // Waiting is told once.
    const level = state === told ? 'debug' : 'info'
    told = state
    switch (step.type) {
      case 'waiting':
        logger[level](waitingFor[step.for])
        break
      case 'known':
        logger[level]('Output root is on L1 already', { block: step.output.block })
        break
      case 'proposed':
        reportProposal(step.output, step.receipt)
        break
      default:
        assertNever(step)
    }
  }

  function reportProposal(output: Output, receipt: TxReceipt): void {
    const { outputRoot, block } = output
    const fields = { block, outputRoot, tx: receipt.transactionHash }
    if (!receipt.succeeded) {
      // It would not have when it was sent: L1 has changed in between, and is looked at again.
      logger.warn('Proposal reverted on L1, which has changed since it was sent', fields)
      deps.onFailed?.()
    } else {
      logger.info('Proposed an output root', fields)
      deps.onProposed?.(output, receipt)
    }
  }

  return {
    get isRunning() {
      return running !== undefined
    },
    get problems() {
      if (running === undefined) return []
      return isWaitingForFunds
        ? ['waiting for funds: the account cannot pay for one proposal']
        : health.problems
    },
    ended: ended.promise,
    start: (signal) => orders.run(() => start(signal)),
    stop: () => orders.run(stop),
    async close() {
      await orders.run(async () => {
        if (running !== undefined) await stop()
      })
      ended.resolve()
    },
  }
}

function proposalTimedOut(): ChainError {
  const message = `a proposal took longer than ${proposalTimeoutMs} ms`
  return new ChainError('temporary', 'TIMEOUT', message)
}

/**
 * Looks at both chains once, and proposes what is due.
 *
 * @throws {TxError} whose words say why L1 refused; {ChainError} `temporary`
 */
async function proposalStep(
  options: Finality & Pick<ProposerOptions, 'pollIntervalMs'>,
  deps: Pick<ProposerDeps, 'outputs' | 'transactions' | 'clock'> & {
    readonly contract: ProposalContract
  },
  signal: AbortSignal,
): Promise<ProposalStep> {
  const { outputs, transactions, contract, clock } = deps
  const status = await outputs.syncStatus(signal)
  const newest = newestBlock(status, options)
  // The genesis block, or a node that does not know its heads yet.
  if (newest === 0n) return { type: 'waiting', for: 'node' }
  const number = await contract.dueBlock(newest, transactions.address, signal)
  if (number === undefined) return { type: 'waiting', for: 'contract' }
  const output = await outputs.outputAtBlock(number, signal)
  if (output.block.number !== number) throw otherOutput(number, output)
  assertFinal(output, options)
  if (await contract.holds(output, signal)) return { type: 'known', output }
  let candidate = await contract.candidate(output, signal)
  while (candidate === undefined) {
    // With this very output: that of the next look would be as new as L1 is then.
    await sleep(clock, options.pollIntervalMs, signal)
    candidate = await contract.candidate(output, signal)
  }
  try {
    const send = (signal: AbortSignal) => transactions.send(candidate, signal)
    const receipt = await (options.allowNonFinalized
      ? whileOutputStands(output, options, deps, send, signal)
      : send(signal))
    return { type: 'proposed', output, receipt }
  } catch (error) {
    if (!isRevert(error)) throw error
    // Somebody else may have been faster.
    if (await contract.holds(output, signal)) return { type: 'known', output }
    throw explained(error, contract)
  }
}

/** Number of the newest block that may be proposed. */
function newestBlock(status: NodeStatus, options: Finality): bigint {
  return (options.allowNonFinalized ? status.safeL2 : status.finalizedL2).number
}

/**
 * With several nodes, the one that gives the output may be behind the one that named the block, and have another
 * there, which is merely unsafe.
 */
function assertFinal({ block, status }: Output, options: Finality): void {
  const newest = newestBlock(status, options)
  if (block.number <= newest) return
  const state = options.allowNonFinalized ? 'safe' : 'finalized'
  throw new ChainError(
    'temporary',
    'OUTPUT_NOT_FINAL',
    `block ${block.number} is not ${state} for the rollup node that gave its output: that one is at ${newest}`,
  )
}

function createContract(options: ProposerOptions, deps: { readonly l1: L1Reader }) {
  const { gameFactoryAddress, gameType, proposalIntervalMs, l2OutputOracleAddress } = options
  if (gameFactoryAddress === undefined) {
    return createL2OutputOracle({ address: l2OutputOracleAddress! }, deps)
  }
  const proposalInterval = BigInt(Math.ceil(proposalIntervalMs! / 1000))
  return createDisputeGameFactory({ address: gameFactoryAddress, gameType, proposalInterval }, deps)
}

async function waitForNode(deps: ProposerDeps, signal: AbortSignal): Promise<void> {
  const { clock, logger, outputs, transactions } = deps
  for (let target: bigint | undefined; ; ) {
    try {
      target ??= await transactions.blockNumber(signal)
      const { currentL1 } = await outputs.syncStatus(signal)
      if (currentL1.number >= target) return
      logger.info('Waiting for the rollup node to sync', { currentL1, target })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ChainError) || error.severity !== 'temporary') throw error
      logger.warn('Cannot tell yet whether the rollup node is in sync', { error })
    }
    await sleep(clock, syncPollMs, signal)
  }
}

function isRevert(error: unknown): error is TxError {
  return error instanceof TxError && error.code === 'TX_REVERTS'
}

/** The error with the contract's own words for why it reverts. */
function explained(error: TxError, contract: ProposalContract): TxError {
  const data = error.context['data']
  if (typeof data !== 'string') return error
  const reason = contract.explain(hexToBytes(parseHex(data)))
  return new TxError('TX_REVERTS', `the proposal would fail: ${reason}`, {
    cause: error,
    context: error.context,
  })
}

function otherOutput(asked: bigint, { block }: Output): ChainError {
  const message = `asked the rollup node for the output of block ${asked}, got that of ${block.number}`
  return new ChainError('temporary', 'OUTPUT_OTHER', message)
}
