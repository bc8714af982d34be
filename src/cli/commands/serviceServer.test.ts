import { expect, test } from 'vitest'
import { silentLogger } from '../../runtime/logger.ts'
import { TxScene } from '../../testing/txSending.ts'
import { serveService } from './serviceServer.ts'

test('says on its page whether the service does its work, and on another one that it lives', async () => {
  const problems: string[] = []
  const service = {
    ...{ rpcHost: '127.0.0.1', rpcPort: 0, enableAdmin: false },
    ...{ l1Urls: [], rollupUrls: [], activeSequencerCheckMs: 0 },
  }
  const server = await serveService(
    service,
    { name: 'Batcher', adminMethods: {}, problems: () => problems },
    { transactions: new TxScene().transactions, logger: silentLogger },
  )
  try {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    problems.push('L1 does not answer')
    const sick = await fetch(`${server.url}/healthz`)
    expect(sick.status).toBe(503)
    expect(await sick.json()).toMatchObject({ reasons: ['L1 does not answer'] })
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  } finally {
    await server.close()
  }
})
