import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { L1BlockRef } from '../chain/refs.ts'
import { systemClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { type BlobProviderOptions, createBlobProvider, verifyBlobProvider } from './blobProvider.ts'
import { defaultNodeOptions } from './options.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const block: L1BlockRef = {
  hash: `0x${'b1'.repeat(32)}`,
  parentHash: `0x${'b0'.repeat(32)}`,
  number: 77n,
  timestamp: 1_600n,
}
const blob = `0x${'11'.repeat(32)}` as const
const nowhere = 'http://127.0.0.1:1'

test('without a beacon node a block with blobs waits, and says what is missing', async () => {
  const provider = createBlobProvider(options({}), deps())
  await expect(provider.blobsOfBlock(block, [blob])).rejects.toMatchObject({
    severity: 'temporary',
    code: 'BEACON_NOT_GIVEN',
    metaMessages: ['Start again with --l1.beacon.'],
  })
})

test('the start warns that there is no beacon node', async () => {
  const warnings: string[] = []
  await verifyBlobProvider(options({}), deps({ warn: (message) => warnings.push(message) }))
  expect(warnings).toEqual(['No beacon node: derivation will wait at batches in blobs'])
})

test.each(['http', 'ws'])(
  'an anvil at %s:// is asked for all blobs of a block hash, and not for slots',
  async (protocol) => {
    const { url, asked } = await serve({})
    const rpcUrls = [url.replace('http', protocol)]
    const anvil = { ...options({}), l1: { rpcUrls }, isAnvil: true }
    await verifyBlobProvider(anvil, deps())
    expect(asked).toEqual([])
    const provider = createBlobProvider(anvil, deps())
    cleanups.push(() => provider.close())
    await expect(provider.blobsOfBlock(block, [blob])).rejects.toThrow('cannot be had')
    expect(asked[0]).toBe(`/eth/v1/beacon/blobs/${block.hash}`)
  },
)

test('a beacon node tells its slots at the start', async () => {
  const { url, asked } = await serve({
    '/eth/v1/beacon/genesis': { genesis_time: '1000' },
    '/eth/v1/config/spec': { SECONDS_PER_SLOT: '12' },
  })
  await verifyBlobProvider(options({ urls: [url] }), deps())
  expect(asked).toEqual(['/eth/v1/beacon/genesis', '/eth/v1/config/spec'])
})

test('with the length of a slot given, a beacon node need not tell it', async () => {
  const { url } = await serve({ '/eth/v1/beacon/genesis': { genesis_time: '1000' } })
  await verifyBlobProvider(options({ urls: [url], slotDuration: 12 }), deps())
})

test('a beacon node that does not answer ends the start, unless it is to be ignored', async () => {
  const beacon = { urls: [nowhere] }
  await expect(verifyBlobProvider(options(beacon), deps())).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    exitCode: 6,
  })
  await verifyBlobProvider(options({ ...beacon, ignore: true }), deps())
})

function options(beacon: Partial<BlobProviderOptions['beacon']>): BlobProviderOptions {
  return {
    beacon: { ...defaultNodeOptions.beacon, ...beacon },
    l1: { rpcUrls: [nowhere] },
    isAnvil: false,
  }
}

function deps(logger: Partial<Logger> = {}) {
  return { clock: systemClock, random: () => 0, logger: { ...silentLogger, ...logger } }
}

/** Answers these paths with `{ data }`, and 404 to others. */
async function serve(answers: Readonly<Record<string, object>>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    const data = answers[request.url!]
    response.writeHead(data === undefined ? 404 : 200).end(JSON.stringify({ data }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
