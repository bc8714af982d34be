import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { bytesToHex, type Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { versionedHash } from '../protocol/versionedHash.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { type BeaconClientOptions, createBeaconClient } from './beaconClient.ts'
import { type Kzg, loadKzg } from './kzg.ts'
import type { KzgLoader } from './kzgThread.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

let kzg: Kzg
const blobs = [1, 2, 3].map((fill) => {
  const blob = new Uint8Array(131_072)
  for (let i = 1; i < blob.length; i += 32) blob[i] = fill
  return blob
})
let hashes: Hash[]
beforeAll(async () => {
  kzg = await loadKzg()
  hashes = await Promise.all(blobs.map(async (blob) => versionedHash(await kzg.commit(blob))))
})

interface Answer {
  readonly status?: number
  readonly json?: unknown
}

/** A beacon node that answers by path; 404 to what it does not have. */
async function serve(answers: Record<string, Answer | (() => Answer)>) {
  const asked: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    headers.push(request.headers)
    const answer = answers[request.url!.split('?')[0]!]
    const { status = 200, json } = (typeof answer === 'function' ? answer() : answer) ?? {
      status: 404,
    }
    response.writeHead(status).end(JSON.stringify(json ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, headers }
}

const block: L1BlockRef = {
  hash: `0x${'b1'.repeat(32)}`,
  parentHash: `0x${'b0'.repeat(32)}`,
  number: 77n,
  timestamp: 1_000n + 12n * 50n,
}
const slotTimes = { type: 'slot', genesisTime: 1_000n, slotDuration: 12n } as const
const blobsPath = '/eth/v1/beacon/blobs/50'
const sidecarsPath = '/eth/v1/beacon/blob_sidecars/50'
const data = (...items: Uint8Array[]) => ({ json: { data: items.map(bytesToHex) } })

function connect(
  urls: readonly string[],
  options: Partial<BeaconClientOptions> = {},
  deps: { readonly clock?: Clock; readonly kzg?: KzgLoader } = {},
) {
  const client = createBeaconClient(
    { urls, archiverUrls: [], blobIds: slotTimes, archiverFlag: '--archiver', ...options },
    { clock: systemClock, random: () => 0, logger: silentLogger, kzg: loaded(kzg), ...deps },
  )
  cleanups.push(() => client.close())
  return client
}

function loaded(kzg: Kzg): KzgLoader {
  return { load: async () => kzg, close: async () => {} }
}

describe('beacon client', () => {
  it('gives blobs in the order asked for, whatever order they come in', async () => {
    const { url, asked } = await serve({ [blobsPath]: data(blobs[0]!, blobs[1]!, blobs[2]!) })
    const wanted = [hashes[2]!, hashes[0]!, hashes[2]!]
    expect(await connect([url]).blobsOfBlock(block, wanted)).toEqual([blobs[2], blobs[0], blobs[2]])
    expect(asked).toEqual([
      `${blobsPath}?versioned_hashes=${hashes[2]}&versioned_hashes=${hashes[0]}`,
    ])
  })

  it('asks for nothing where nothing is wanted', async () => {
    expect(await connect(['http://127.0.0.1:1']).blobsOfBlock(block, [])).toEqual([])
  })

  it('learns the slot from genesis time and slot duration of the node, once', async () => {
    const { url, asked } = await serve({
      '/eth/v1/beacon/genesis': { json: { data: { genesis_time: '1000' } } },
      '/eth/v1/config/spec': { json: { data: { SECONDS_PER_SLOT: '12' } } },
      [blobsPath]: data(blobs[0]!),
    })
    const blobIds = { type: 'slot', genesisTime: undefined, slotDuration: undefined } as const
    const client = connect([url], { blobIds })
    await client.blobsOfBlock(block, [hashes[0]!])
    await client.blobsOfBlock(block, [hashes[0]!])
    expect(asked.filter((path) => !path.startsWith(blobsPath))).toHaveLength(2)
  })

  it('names blocks by hash for a node without slots', async () => {
    const { url } = await serve({ [`/eth/v1/beacon/blobs/${block.hash}`]: data(blobs[0]!) })
    const client = connect([url], { blobIds: { type: 'blockHash' } })
    expect(await client.blobsOfBlock(block, [hashes[0]!])).toEqual([blobs[0]])
  })

  it('keeps path and query of the URL, and shows neither', async () => {
    const { url, asked } = await serve({ [`/key/eth/v1/beacon/blobs/50`]: data(blobs[0]!) })
    const client = connect([`${url}/key/?token=t`])
    await client.blobsOfBlock(block, [hashes[0]!])
    expect(asked[0]).toMatch(/&token=t$/)
    await expect(client.blobsOfBlock(block, [hashes[1]!])).rejects.not.toThrow(/key|token/)
  })

  it.each([
    ['HTTP 500', { status: 500 }],
    ['HTTP 400', { status: 400 }],
    ['HTTP 404', { status: 404 }],
    ['no blobs', { json: { data: [] } }],
    ['no data', { json: {} }],
    ['a blob that is too short', { json: { data: ['0x01'] } }],
  ])('asks the next node after %s', async (_, answer) => {
    const bad = await serve({ [blobsPath]: answer })
    const good = await serve({ [blobsPath]: data(blobs[0]!) })
    const client = connect([bad.url, good.url])
    expect(await client.blobsOfBlock(block, [hashes[0]!])).toEqual([blobs[0]])
  })

  it('does not take another blob for the one it wants', async () => {
    const liar = await serve({ [blobsPath]: data(blobs[1]!) })
    const honest = await serve({ [blobsPath]: data(blobs[0]!) })
    const wanted = [hashes[0]!]
    expect(await connect([liar.url, honest.url]).blobsOfBlock(block, wanted)).toEqual([blobs[0]])
    await expect(connect([liar.url]).blobsOfBlock(block, wanted)).rejects.toMatchObject({
      code: 'BLOBS_UNAVAILABLE',
    })
  })

  it('does not take bytes that are no blob', async () => {
    const { url } = await serve({ [blobsPath]: data(new Uint8Array(131_072).fill(0xff)) })
    await expect(connect([url]).blobsOfBlock(block, [hashes[0]!])).rejects.toThrow(
      'no field element',
    )
  })

  it('blames no blob when the thread that checks it is lost', async () => {
    const { url } = await serve({ [blobsPath]: data(blobs[0]!) })
    const commit = async () => {
      throw new ChainError('temporary', 'KZG_GONE', 'the thread has ended')
    }
    const client = connect([url], {}, { kzg: loaded({ ...kzg, commit }) })
    await expect(client.blobsOfBlock(block, [hashes[0]!])).rejects.toMatchObject({
      code: 'KZG_GONE',
      severity: 'temporary',
    })
  })

  it('puts together what several nodes have, and asks each only for the rest', async () => {
    const one = await serve({ [blobsPath]: data(blobs[0]!) })
    const other = await serve({ [blobsPath]: data(blobs[1]!) })
    const client = connect([one.url, other.url])
    const wanted = [hashes[0]!, hashes[1]!]
    expect(await client.blobsOfBlock(block, wanted)).toEqual([blobs[0], blobs[1]])
    expect(other.asked).toEqual([`${blobsPath}?versioned_hashes=${hashes[1]}`])
  })

  it('asks archivers last', async () => {
    const archiver = await serve({ [blobsPath]: data(blobs[0]!) })
    const node = await serve({})
    const client = connect([node.url], { archiverUrls: [archiver.url] })
    expect(await client.blobsOfBlock(block, [hashes[0]!])).toEqual([blobs[0]])
    expect(node.asked.map((path) => path.split('?')[0])).toEqual([blobsPath, sidecarsPath])
  })

  it('sends its headers to the beacon nodes, and not to archivers', async () => {
    const archiver = await serve({ [blobsPath]: data(blobs[0]!) })
    const node = await serve({})
    const options = { archiverUrls: [archiver.url], headers: { 'X-Key': 'secret' } }
    await connect([node.url], options).blobsOfBlock(block, [hashes[0]!])
    expect(node.headers.map((headers) => headers['x-key'])).toEqual(['secret', 'secret'])
    expect(archiver.headers.map((headers) => headers['x-key'])).toEqual([undefined])
  })

  it('asks for all blobs and takes those it wants, where it is told to', async () => {
    const { url, asked } = await serve({ [blobsPath]: data(...blobs) })
    const client = connect([url], { fetchAll: true })
    expect(await client.blobsOfBlock(block, [hashes[1]!])).toEqual([blobs[1]])
    expect(asked).toEqual([blobsPath])
  })

  it('passes over a node that has just failed', async () => {
    const down = await serve({ [blobsPath]: { status: 503 } })
    const up = await serve({ [blobsPath]: data(blobs[0]!) })
    const client = connect([down.url, up.url], {}, { clock: new ManualClock() })
    for (let i = 0; i < 3; i++) await client.blobsOfBlock(block, [hashes[0]!])
    expect(down.asked).toHaveLength(1)
  })

  it('names slot, hash and what each node said, and advises an archiver for an old block', async () => {
    const empty = await serve({})
    const down = await serve({ [blobsPath]: { status: 503 } })
    const error = await connect([empty.url, down.url])
      .blobsOfBlock(block, [hashes[0]!])
      .catch((error) => error)
    expect(error).toMatchObject({ severity: 'temporary', code: 'BLOBS_UNAVAILABLE' })
    for (const words of ['slot 50', hashes[0]!, 'block 77', empty.url, '503', '--archiver']) {
      expect(error.message).toContain(words)
    }
    expect(error.message).toMatch(/keep blobs for 18 days/)
  })

  it('says when no node tells the time of its slots', async () => {
    const { url } = await serve({
      '/eth/v1/beacon/genesis': { json: { data: { genesis_time: 'soon' } } },
    })
    const blobIds = { type: 'slot', genesisTime: undefined, slotDuration: undefined } as const
    const client = connect([url], { blobIds })
    const error = { severity: 'temporary', code: 'BEACON_UNREACHABLE' }
    await expect(client.connect()).rejects.toMatchObject(error)
    await expect(client.blobsOfBlock(block, [hashes[0]!])).rejects.toMatchObject(error)
  })
})
