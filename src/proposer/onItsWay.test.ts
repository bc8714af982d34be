import { beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../runtime/logger.ts'
import { FakeOutputs, FakeProposalContracts } from '../testing/fakeProposals.ts'
import { FakeTxPool } from '../testing/fakeTxPool.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { createLocalSigner } from '../txmgr/localSigner.ts'
import { txManagerOptions } from '../txmgr/options.ts'
import { createTxManager } from '../txmgr/txManager.ts'
import { proposerOptions } from './options.ts'
import { createProposer } from './proposer.ts'

const signer = createLocalSigner('11'.repeat(32))
const options = proposerOptions({
  gameFactoryAddress: `0x${'d0'.repeat(20)}`,
  proposalIntervalMs: 3_600_000,
  pollIntervalMs: 1_000,
  allowNonFinalized: true,
})

let clock: ManualClock
let pool: FakeTxPool
let contracts: FakeProposalContracts
let node: FakeOutputs

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  pool = new FakeTxPool()
  contracts = new FakeProposalContracts(signer.address)
  node = new FakeOutputs()
})

describe('a proposal in the pool', () => {
  test('is not made again by a proposer that is stopped and started', async () => {
    const { proposer, close } = openProposer()
    await proposer.start()
    await clock.advance(2_000)
    await proposer.stop()
    expect(pool.pool).toHaveLength(1)
    node.safe = 97n
    await proposer.start()
    await clock.advance(2_000)
    await mine()
    await clock.advance(60_000)
    await mine()
    expect(contracts.games).toHaveLength(1)
    await close()
  })

  test('is not made again by the next process', async () => {
    const first = openProposer()
    await first.proposer.start()
    await clock.advance(2_000)
    await first.close()
    node.safe = 97n
    const second = openProposer()
    await second.proposer.start()
    await clock.advance(2_000)
    expect(pool.pool).toHaveLength(1)
    await mine()
    await clock.advance(60_000)
    await mine()
    expect(contracts.games).toMatchObject([{ block: 97n }])
    await second.close()
  })

  test('that gets in while no proposer runs counts', async () => {
    const first = openProposer()
    await first.proposer.start()
    await clock.advance(2_000)
    await first.close()
    await mine()
    const second = openProposer()
    await second.proposer.start()
    await clock.advance(60_000)
    expect(pool.taken).toHaveLength(1)
    await second.close()
  })

  test('gives way to the right one when L2 is reorganized', async () => {
    const { proposer, close } = openProposer()
    await proposer.start()
    await clock.advance(1_000)
    node.branch++
    await clock.advance(5_000)
    expect(pool.pool).toHaveLength(1)
    await mine()
    expect(contracts.games).toMatchObject([
      { root: (await node.outputAtBlock(95n)).outputRoot, block: 95n },
    ])
    await clock.advance(60_000)
    expect(pool.pool).toEqual([])
    await close()
  })
})

test('a proposal that L1 reorganizes away is brought back', async () => {
  const { proposer, close } = openProposer()
  await proposer.start()
  await clock.advance(1_000)
  await mine()
  await clock.advance(20_000)
  pool.reorg(1)
  contracts.games.pop()
  await clock.advance(60_000)
  await mine()
  expect(contracts.games).toMatchObject([{ block: 95n }])
  await close()
})

test('the bond and the fees that an account cannot pay are no secret', async () => {
  const warnings: unknown[] = []
  pool.refusal = { type: 'refused', message: 'insufficient funds for transfer', data: undefined }
  const { proposer, close } = openProposer((error) => warnings.push(error))
  await proposer.start()
  await clock.advance(1_000)
  expect(warnings[0]).toMatchObject({ code: 'TX_UNDERFUNDED' })
  await close()
})

/** Brings what is in the pool into a block, and does what it says. */
async function mine(): Promise<void> {
  const before = pool.mined.length
  pool.mine()
  for (const { data } of pool.mined.slice(before)) contracts.carryOut({ data })
  contracts.height++
  await clock.advance(0)
}

/** A proposer as after the start of a process, with a transaction manager of its own. */
function openProposer(onError: (error: unknown) => void = () => {}) {
  const transactions = createTxManager(
    txManagerOptions({ numConfirmations: 2 }),
    { chainId: 900n },
    {
      backend: pool,
      signer,
      loadProver: () => Promise.reject(new Error('a proposal has no blobs')),
      clock,
      logger: silentLogger,
    },
  )
  const error = (_: string, fields?: Readonly<Record<string, unknown>>) =>
    onError(fields?.['error'])
  const logger = { ...silentLogger, error }
  const proposer = createProposer(options, {
    outputs: node,
    l1: contracts,
    transactions,
    clock,
    logger,
  })
  const close = async () => {
    await proposer.close()
    await transactions.close()
    expect(clock.sleeping).toBe(0)
  }
  return { proposer, close }
}
