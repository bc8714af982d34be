import { encodeErrorResult, parseAbi } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TaktError } from '../base/errors.ts'
import type { Address, Hash } from '../base/hex.ts'
import type { Logger } from '../runtime/logger.ts'
import { silentLogger } from '../runtime/logger.ts'
import {
  type FakeGame,
  FakeOutputs,
  FakeProposalContracts,
  noAnswer,
  fakeRoot as rootOf,
} from '../testing/fakeProposals.ts'
import { ManualClock } from '../testing/manualClock.ts'
import type { TxCandidate, TxManager, TxReceipt } from '../txmgr/interface.ts'
import { TxError } from '../txmgr/txError.ts'
import { type ProposerOptions, proposerOptions } from './options.ts'
import { createProposer, type Proposer } from './proposer.ts'

const contract: Address = `0x${'d0'.repeat(20)}`
const us: Address = `0x${'aa'.repeat(20)}`
const somebody: Address = `0x${'bb'.repeat(20)}`
const factory = { gameFactoryAddress: contract, proposalIntervalMs: 60_000, pollIntervalMs: 1_000 }
const oracle = { l2OutputOracleAddress: contract, pollIntervalMs: 1_000 }

let clock: ManualClock
let l1: FakeProposalContracts
let node: FakeOutputs
let account: FakeAccount
let logged: [string, string, unknown][]
let proposer: Proposer | undefined

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  l1 = new FakeProposalContracts(us)
  node = new FakeOutputs()
  account = new FakeAccount(l1)
  logged = []
})

afterEach(async () => {
  await proposer?.close()
  proposer = undefined
  expect(clock.sleeping).toBe(0)
})

describe('with a DisputeGameFactory', () => {
  test('creates a game for the finalized block, with its bond', async () => {
    await start(factory)
    expect(l1.games).toEqual([
      { type: 0, root: rootOf(90n), block: 90n, creator: us, timestamp: l1.now, bond: 7n },
    ])
  })

  test('creates one for the safe block where that is allowed', async () => {
    await start({ ...factory, allowNonFinalized: true })
    expect(l1.games).toMatchObject([{ block: 95n }])
  })

  test('waits for its interval by the clock of L1', async () => {
    await start(factory)
    node.finalized = 91n
    l1.now += 59n
    await clock.advance(5_000)
    expect(l1.games).toHaveLength(1)
    l1.now += 1n
    await clock.advance(1_000)
    expect(l1.games.map(({ block }) => block)).toEqual([90n, 91n])
  })

  test('minds neither the games of others nor those of other types', async () => {
    l1.games.push(game({ creator: somebody }), game({ type: 1 }))
    await start(factory)
    expect(l1.games).toHaveLength(3)
  })

  test('leaves out what is on L1 already', async () => {
    l1.games.push(game({ creator: somebody, root: rootOf(90n), block: 90n }))
    await start(factory)
    expect(l1.games).toHaveLength(1)
    node.finalized = 91n
    await clock.advance(1_000)
    expect(l1.games).toHaveLength(2)
  })

  test('proposes anew what a reorg of L1 took away', async () => {
    await start(factory)
    l1.games.pop()
    await clock.advance(1_000)
    expect(l1.games.map(({ block }) => block)).toEqual([90n])
  })

  test('is quiet when somebody else is faster by a moment', async () => {
    const abi = parseAbi(['error GameAlreadyExists(bytes32 uuid)'])
    account.revert = encodeErrorResult({ abi, args: [rootOf(1n)] })
    account.onSend = () => l1.games.push(game({ creator: somebody, root: rootOf(90n), block: 90n }))
    await start(factory)
    expect(l1.games).toHaveLength(1)
    expect(logged.map(([level]) => level)).not.toContain('error')
  })

  test('does not propose what the node that gives it does not hold to be final', async () => {
    node.statusWithOutput = { finalized: 89n }
    await start(factory)
    expect(l1.games).toEqual([])
    expect(logged).toContainEqual([
      'warn',
      'Could not propose an output root',
      'block 90 is not finalized for the rollup node that gave its output: that one is at 89',
    ])
    node.statusWithOutput = {}
    await clock.advance(1_000)
    expect(l1.games).toHaveLength(1)
  })

  test('says once that it waits', async () => {
    await start(factory)
    logged = []
    await clock.advance(5_000)
    expect(logged).toEqual([['info', 'Waiting for the next proposal to be due', undefined]])
  })

  test('does not propose the genesis block', async () => {
    node.finalized = 0n
    await start(factory)
    expect(l1.games).toEqual([])
  })

  test('says in words why a game cannot be created, and tries again', async () => {
    const abi = parseAbi(['error NoImplementation(uint32 gameType)'])
    account.revert = encodeErrorResult({ abi, args: [0] })
    await start(factory)
    expect(logged).toContainEqual([
      'error',
      'Could not propose an output root',
      'the proposal would fail: the factory has no game of this type: check --game-type (NoImplementation(0))',
    ])
    account.revert = undefined
    await clock.advance(1_000)
    expect(l1.games).toHaveLength(1)
  })

  test('does not start with a type that the factory has no game of', async () => {
    const starting = start({ ...factory, gameType: 8 })
    await expect(starting).rejects.toMatchObject({ code: 'GAME_TYPE_UNKNOWN' })
    await expect(starting).rejects.toThrow(/--game-type/)
  })

  test.each(['gameArgs', 'game'] as const)(
    'starts with permissioned games only as their proposer, says the %s',
    async (permissions) => {
      l1.permissions = permissions
      await start({ ...factory, gameType: 1 })
      expect(l1.games).toMatchObject([{ type: 1 }])
      await proposer!.close()
      l1.proposer = somebody
      const starting = start({ ...factory, gameType: 1 })
      await expect(starting).rejects.toMatchObject({ code: 'WRONG_PROPOSER', exitCode: 9 })
      await expect(starting).rejects.toThrow(new RegExp(`${somebody}.*${us}`))
    },
  )

  test('leaves it to L1 who may create games where the contracts do not say', async () => {
    l1.proposer = somebody
    await start({ ...factory, gameType: 1 })
    expect(l1.games).toHaveLength(1)
  })

  test('does not start where there is no factory', async () => {
    l1.isDeployed = false
    await expect(start(factory)).rejects.toMatchObject({ code: 'CONTRACT_MISSING' })
  })
})

describe('with an L2OutputOracle', () => {
  test('proposes the blocks that it asks for, with the L1 block that they come from', async () => {
    l1.nextBlock = 80n
    await start(oracle)
    expect(l1.outputs).toEqual([
      { root: rootOf(80n), block: 80n, l1Hash: rootOf(500n), l1Number: 500n },
    ])
    await clock.advance(10_000)
    expect(l1.outputs.map(({ block }) => block)).toEqual([80n, 90n])
  })

  test('waits for a block that is not finalized yet', async () => {
    l1.nextBlock = 92n
    await start(oracle)
    expect(l1.outputs).toEqual([])
    node.finalized = 92n
    await clock.advance(1_000)
    expect(l1.outputs).toHaveLength(1)
  })

  test('waits for L1 to go past the block that the output comes from', async () => {
    l1.nextBlock = 80n
    l1.height = 500n
    await start(oracle)
    expect(l1.outputs).toEqual([])
    l1.height = 501n
    node.currentL1 = 501n
    await clock.advance(1_000)
    expect(l1.outputs).toMatchObject([{ l1Number: 500n }])
  })

  test('does not start with the key of somebody else: both are named', async () => {
    l1.proposer = somebody
    const starting = start(oracle)
    await expect(starting).rejects.toMatchObject({ code: 'WRONG_PROPOSER' })
    await expect(starting).rejects.toThrow(new RegExp(`${somebody}.*${us}`))
  })
})

describe('trouble', () => {
  test('a node that does not answer is asked again', async () => {
    node.error = noAnswer()
    await start(factory)
    expect(logged).toContainEqual(['warn', 'Could not propose an output root', 'gone'])
    node.error = undefined
    await clock.advance(1_000)
    expect(l1.games).toHaveLength(1)
  })

  test('the output of another block is not proposed', async () => {
    node.answersWrongly = true
    await start(factory)
    expect(l1.games).toEqual([])
    expect(logged).toContainEqual([
      'warn',
      'Could not propose an output root',
      'asked the rollup node for the output of block 90, got that of 91',
    ])
  })

  test('a proposal that reverts after all is reported', async () => {
    account.revertsOnChain = true
    await start(factory)
    expect(logged).toContainEqual([
      'warn',
      'Proposal reverted on L1, which has changed since it was sent',
      undefined,
    ])
  })

  test('a transaction whose output L2 has reorganized away is given up', async () => {
    account.isStuck = true
    await start({ ...factory, allowNonFinalized: true })
    node.error = noAnswer()
    await clock.advance(3_000)
    expect(logged.map(([level]) => level)).toEqual(['info'])
    node.error = undefined
    node.branch++
    await clock.advance(1_000)
    expect(logged).toContainEqual([
      'warn',
      'Could not propose an output root',
      'block 95 has been replaced since its output was read',
    ])
    account.isStuck = false
    await clock.advance(1_000)
    expect(l1.games.map(({ root }) => root)).toEqual([rootOf(95n, 1)])
  })

  test('a fault of our own ends the proposer', async () => {
    node.error = new TypeError('bug')
    await start(factory)
    await expect(proposer!.ended).rejects.toThrow('bug')
  })
})

describe('without funds', () => {
  test('refuses to start, and names the account', async () => {
    account.funds = 1_000_000n
    await expect(start(factory)).rejects.toMatchObject({
      code: 'PROPOSER_UNFUNDED',
      exitCode: 10,
      context: { address: us, balance: 1_000_000n, cost: 2_000_007n },
    })
    account.funds = 0n
    await expect(start(oracle)).rejects.toMatchObject({ code: 'PROPOSER_UNFUNDED' })
  })

  test('waits for them if told to, and says so', async () => {
    account.funds = 1n
    await start({ ...factory, waitForFunds: true })
    await clock.advance(5_000)
    expect(l1.games).toEqual([])
    expect(logged.map(([, message]) => message)).toContain('Waiting for funds')
    account.funds = 10n ** 18n
    await clock.advance(1_000)
    expect(l1.games).toHaveLength(1)
  })
})

describe('operation', () => {
  test('waits for the node to come to the head of L1', async () => {
    node.currentL1 = 400n
    await start({ ...factory, waitNodeSync: true })
    await clock.advance(30_000)
    expect(l1.games).toEqual([])
    node.currentL1 = 500n
    await clock.advance(12_000)
    expect(l1.games).toHaveLength(1)
  })

  test('stops and starts, but not twice', async () => {
    await start(factory)
    await expect(proposer!.start()).rejects.toMatchObject({ code: 'PROPOSER_RUNNING' })
    await proposer!.stop()
    expect(proposer!.isRunning).toBe(false)
    await expect(proposer!.stop()).rejects.toMatchObject({ code: 'PROPOSER_STOPPED' })
    l1.now += 60n
    node.finalized = 91n
    await clock.advance(5_000)
    expect(l1.games).toHaveLength(1)
    await proposer!.start()
    await clock.advance(0)
    expect(l1.games).toHaveLength(2)
  })

  test('says after a minute why it gets nothing done, and when that is over', async () => {
    node.error = noAnswer()
    await start(factory)
    await clock.advance(60_000)
    expect(proposer!.problems).toEqual([])
    await clock.advance(15_000)
    expect(proposer!.problems).toEqual([
      `no look has succeeded for 75 s: ${noAnswer().shortMessage}`,
    ])
    node.error = undefined
    await clock.advance(1_000)
    expect(proposer!.problems).toEqual([])
  })

  test('says at once that it waits for funds', async () => {
    account.funds = 0n
    await start({ ...factory, waitForFunds: true })
    expect(proposer!.problems).toEqual([expect.stringContaining('waiting for funds')])
    account.funds = 10n ** 18n
    await clock.advance(1_000)
    expect(proposer!.problems).toEqual([])
  })

  test('is not blamed for doing nothing once it is stopped', async () => {
    node.error = noAnswer()
    await start(factory)
    await clock.advance(90_000)
    await proposer!.stop()
    expect(proposer!.problems).toEqual([])
  })

  test('stops in the middle of a proposal', async () => {
    account.isStuck = true
    await start(factory)
    await proposer!.stop()
    expect(l1.games).toEqual([])
  })

  test.each([
    [{}, /either --game-factory-address or --l2oo-address/],
    [{ ...factory, ...oracle }, /either/],
    [{ gameFactoryAddress: contract }, /needs --proposal-interval/],
    [{ ...oracle, proposalIntervalMs: 5 }, /the oracle has its own/],
    [{ ...oracle, pollIntervalMs: 0 }, /--poll-interval/],
    [{ ...factory, gameType: 5 }, /games of type 5 hold super roots/],
  ])('refuses the options %j', (given, message) => {
    expect(() => proposerOptions(given)).toThrow(message)
  })
})

async function start(given: Partial<ProposerOptions>): Promise<void> {
  proposer = createProposer(proposerOptions(given), {
    outputs: node,
    l1,
    transactions: account,
    clock,
    logger: recordingLogger(),
  })
  await proposer.start()
  await clock.advance(0)
}

function recordingLogger(): Logger {
  const record = (level: string) => (message: string, fields?: { error?: unknown }) => {
    const { error } = fields ?? {}
    logged.push([level, message, error instanceof TaktError ? error.shortMessage : undefined])
  }
  return { ...silentLogger, info: record('info'), warn: record('warn'), error: record('error') }
}

function game(fields: Partial<FakeGame>): FakeGame {
  const block = 1n
  return { type: 0, root: rootOf(1n), block, creator: us, timestamp: 10_000n, bond: 0n, ...fields }
}

/** An account whose transactions are carried out at once. */
class FakeAccount implements TxManager {
  readonly address = us
  readonly numConfirmations = 10
  readonly pending = 0
  revert: Hash | undefined
  revertsOnChain = false
  funds = 10n ** 18n
  onSend: (() => void) | undefined
  isStuck = false
  readonly #l1: FakeProposalContracts

  constructor(l1: FakeProposalContracts) {
    this.#l1 = l1
  }

  async send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxReceipt> {
    this.onSend?.()
    if (this.revert !== undefined) {
      throw new TxError('TX_REVERTS', 'reverts', { context: { data: this.revert } })
    }
    if (this.isStuck) {
      await new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason), { once: true })
      })
    }
    if (!this.revertsOnChain) this.#l1.carryOut(candidate)
    return {
      transactionHash: rootOf(1n),
      succeeded: !this.revertsOnChain,
      blockHash: rootOf(2n),
      blockNumber: 2n,
      gasUsed: 1n,
      effectiveGasPrice: 1n,
      blobGasUsed: 0n,
      blobGasPrice: 0n,
      logs: [],
    }
  }

  async resendLost() {
    return 0
  }

  async replacePooled() {}

  async suggestFees() {
    return { tip: 1n, baseFee: 1n, blobBaseFee: 1n }
  }

  async balance() {
    return this.funds
  }

  async blockNumber() {
    return 500n
  }

  async close() {}
}
