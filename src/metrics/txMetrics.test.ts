import { expect, it } from 'vitest'
import { silentLogger } from '../runtime/logger.ts'
import { FakeTxPool } from '../testing/fakeTxPool.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { parsePrometheusText } from '../testing/prometheusText.ts'
import { createLocalSigner } from '../txmgr/localSigner.ts'
import { txManagerOptions } from '../txmgr/options.ts'
import { createTxManager } from '../txmgr/txManager.ts'
import { createBatcherMetrics } from './batcherMetrics.ts'
import { createServiceMetrics } from './serviceMetrics.ts'
import { createTxMetrics } from './txMetrics.ts'

const gwei = 1_000_000_000n

it('follows a transaction from its first price to its confirmation', async () => {
  const { l1, clock, transactions, page } = await prepare()
  l1.tip = 2n * gwei
  const sending = transactions.send({ to: `0x${'ff'.repeat(20)}`, data: Uint8Array.of(1) })
  await clock.advance(0)
  const before = await page()
  expect(before.value('op_batcher_default_txmgr_pending_txs')).toBe(1)
  expect(before.value('op_batcher_default_txmgr_tipcap_wei')).toBe(Number(2n * gwei))
  expect(before.value('op_batcher_default_txmgr_basefee_wei')).toBe(Number(10n * gwei))
  expect(before.value('op_batcher_default_batcher_tx_total', { stage: 'submitted' })).toBe(1)
  expect(before.has('op_batcher_default_batcher_tx_total', { stage: 'success' })).toBe(false)

  l1.baseFee = 60n * gwei
  l1.mine()
  await clock.advance(60_000)
  l1.baseFee = 10n * gwei
  l1.mine(3)
  await clock.advance(60_000)
  await sending
  const after = await page()
  expect(after.value('op_batcher_default_txmgr_pending_txs')).toBe(0)
  expect(after.value('op_batcher_default_txmgr_confirm_total', { status: 'success' })).toBe(1)
  expect(after.value('op_batcher_default_txmgr_tx_gas_bump')).toBe(1)
  expect(after.value('op_batcher_default_txmgr_tx_type')).toBe(2)
  expect(after.value('op_batcher_default_txmgr_tx_fee_gwei')).toBe(21_000 * 10)
  expect(after.value('op_batcher_default_txmgr_tx_fee_gwei_total')).toBe(21_000 * 10)
  expect(after.value('op_batcher_default_txmgr_publish_total')).toBeGreaterThanOrEqual(2)
  expect(after.value('op_batcher_default_txmgr_current_nonce')).toBe(1)
  expect(after.value('op_batcher_default_batcher_tx_total', { stage: 'success' })).toBe(1)
  expect(after.value('op_batcher_default_balance')).toBe(1)
  await transactions.close()
})

it('says what L1 refuses, and how often it does not answer', async () => {
  const { l1, clock, transactions, page } = await prepare()
  l1.isFull = true
  const sending = transactions.send({ to: `0x${'ff'.repeat(20)}`, data: Uint8Array.of(1) })
  const failed = expect(sending).rejects.toMatchObject({ code: 'TX_NOT_IN_MEMPOOL' })
  await clock.advance(60_000)
  l1.mood = 'limiting'
  await clock.advance(120_000)
  await failed
  const now = await page()
  const refused = { error: 'full' }
  expect(now.value('op_batcher_default_txmgr_tx_publish_error_count', refused)).toBeGreaterThan(1)
  expect(now.value('op_batcher_default_txmgr_rpc_error_count')).toBeGreaterThan(1)
  expect(now.value('takt_transaction_failures_total', { code: 'TX_NOT_IN_MEMPOOL' })).toBe(1)
  expect(now.value('op_batcher_default_batcher_tx_total', { stage: 'failed' })).toBe(1)
  await transactions.close()
})

it('does not pretend to know the balance', async () => {
  const { l1, clock, page, transactions } = await prepare()
  l1.mood = 'limiting'
  for (let i = 0; i < 2; i++) {
    expect((await page()).has('op_batcher_default_balance')).toBe(false)
    await clock.advance(1_000)
  }
  l1.mood = 'well'
  await page()
  await clock.advance(0)
  expect((await page()).value('op_batcher_default_balance')).toBe(1)
  await transactions.close()
})

/** A transaction manager on a fake L1, measured as a batcher's is. */
async function prepare() {
  const clock = new ManualClock(1_000_000)
  const l1 = new FakeTxPool()
  const options = { namespace: 'op_batcher_default', version: '' }
  const metrics = createServiceMetrics(options, { clock })
  const measured = createTxMetrics(metrics, createBatcherMetrics(metrics).transactions)
  const transactions = createTxManager(
    txManagerOptions({ numConfirmations: 3 }),
    { chainId: 900n },
    {
      ...{ clock, logger: silentLogger, observer: measured.observer },
      backend: measured.observedBackend(l1),
      signer: createLocalSigner('11'.repeat(32)),
      loadProver: () => Promise.reject(new Error('no blobs here')),
    },
  )
  measured.watch(transactions)
  const page = async () => parsePrometheusText(await metrics.registry.metrics())
  return { l1, clock, transactions, page }
}
