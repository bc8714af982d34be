import { expect, it } from 'vitest'
import { ManualClock } from '../testing/manualClock.ts'
import { parsePrometheusText } from '../testing/prometheusText.ts'
import { watchEngine } from './engineMetrics.ts'
import { createServiceMetrics } from './serviceMetrics.ts'

it('reads heads and pool of an engine, and leaves out what it does not say', async () => {
  const options = { namespace: 'takt_engine', version: '' }
  const metrics = createServiceMetrics(options, { clock: new ManualClock() })
  const answers: Record<string, unknown> = {
    latest: { number: '0x2a' },
    safe: { number: '0x29' },
    txpool: { pending: '0x3', queued: '0x0' },
  }
  const rpc = {
    request: async (method: string, [label]: readonly unknown[]) =>
      method === 'txpool_status' ? answers['txpool'] : (answers[String(label)] ?? null),
  }
  watchEngine(metrics, { rpc })
  const page = async () => parsePrometheusText(await metrics.registry.metrics())
  const now = await page()
  expect(now.value('chain_head_block')).toBe(42)
  expect(now.value('chain_head_safe')).toBe(41)
  expect(now.has('chain_head_finalized')).toBe(false)
  expect(now.value('txpool_pending')).toBe(3)
  expect(now.value('txpool_queued')).toBe(0)
  delete answers['latest']
  expect((await page()).has('chain_head_block')).toBe(false)
})
