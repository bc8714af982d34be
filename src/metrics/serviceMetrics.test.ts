import { describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { parsePrometheusText } from '../testing/prometheusText.ts'
import { createServiceMetrics, serveMetrics } from './serviceMetrics.ts'

const loopback = { enabled: true, host: '127.0.0.1', port: 0 }

describe('a server of metrics', () => {
  it('gives Prometheus what it can read', async () => {
    const metrics = createServiceMetrics(
      { namespace: 'op_batcher_default', version: 'a "b" \\ c' },
      { clock: systemClock },
    )
    const server = await serveMetrics(loopback, { metrics, logger: silentLogger })
    metrics.noteUp()
    for (const path of ['/metrics', '/']) {
      const answer = await fetch(new URL(path, server.url))
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
      const page = parsePrometheusText(await answer.text())
      expect(page.value('op_batcher_default_up')).toBe(1)
      expect(page.has('op_batcher_default_info', { version: 'a \\"b\\" \\\\ c' })).toBe(true)
      expect(page.value('process_cpu_seconds_total')).toBeGreaterThan(0)
    }
    await server.close()
  })

  it('says when its port is taken, and by which flag to choose another', async () => {
    const metrics = createServiceMetrics({ namespace: 'a', version: '' }, { clock: systemClock })
    const first = await serveMetrics(loopback, { metrics, logger: silentLogger })
    const port = Number(new URL(first.url).port)
    const second = serveMetrics({ ...loopback, port }, { metrics, logger: silentLogger })
    await expect(second).rejects.toThrow(/--metrics\.port/)
    await first.close()
  })
})
