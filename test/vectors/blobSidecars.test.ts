import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Hex, hexToBytes } from '../../src/base/hex.ts'
import { versionedHash } from '../../src/protocol/versionedHash.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { createBeaconClient } from '../../src/sources/beaconClient.ts'
import { type Kzg, loadKzg } from '../../src/sources/kzg.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

const slot = 7_422_094n
let kzg: Kzg

interface Sidecars {
  readonly data: readonly { blob: Hex; kzg_commitment: Hex; kzg_proof: Hex }[]
}

/** Serves the files of a beacon node, then stops. */
async function withNode<T>(sidecars: Sidecars, use: (url: string) => Promise<T>): Promise<T> {
  const files: Record<string, unknown> = {
    '/eth/v1/beacon/genesis': readVectorJson('l1data/eth_v1_beacon_genesis_goerli.json'),
    '/eth/v1/config/spec': readVectorJson('l1data/eth_v1_config_spec_goerli.json'),
    [`/eth/v1/beacon/blob_sidecars/${slot}`]: sidecars,
  }
  const server = createServer((request, response) => {
    const file = files[request.url!]
    response.writeHead(file === undefined ? 404 : 200).end(JSON.stringify(file ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function fetchBlobs(sidecars: Sidecars, wanted: readonly Hex[]) {
  return withNode(sidecars, async (url) => {
    const client = createBeaconClient(
      {
        urls: [url],
        archiverUrls: [],
        blobIds: { type: 'slot', genesisTime: undefined, slotDuration: undefined },
      },
      {
        clock: systemClock,
        random: () => 0,
        logger: silentLogger,
        kzg: { load: async () => kzg, close: async () => {} },
      },
    )
    const { data } = readVectorJson<{ data: { genesis_time: string } }>(
      'l1data/eth_v1_beacon_genesis_goerli.json',
    )
    const hash: Hex = `0x${'01'.repeat(32)}`
    const timestamp = BigInt(data.genesis_time) + slot * 12n
    try {
      return await client.blobsOfBlock({ hash, parentHash: hash, number: 1n, timestamp }, wanted)
    } finally {
      await client.close()
    }
  })
}

describe.skipIf(!haveVectors)(`blob sidecars of Goerli${vectorsNote}`, () => {
  const sidecars = haveVectors
    ? readVectorJson<Sidecars>('l1data/eth_v1_beacon_blob_sidecars_7422094_goerli.json.gz')
    : { data: [] }
  const hashes = sidecars.data.map((item) => versionedHash(hexToBytes(item.kzg_commitment)))

  beforeAll(async () => {
    kzg = await loadKzg()
  })

  it('are found by their versioned hashes, in any order', async () => {
    const wanted = hashes.toReversed()
    const blobs = await fetchBlobs(sidecars, wanted)
    expect(blobs).toEqual(sidecars.data.map(({ blob }) => hexToBytes(blob)).toReversed())
  })

  it('have the commitments that are computed from them', async () => {
    const computed = sidecars.data.map(({ blob }) => kzg.commit(hexToBytes(blob)))
    expect((await Promise.all(computed)).map(versionedHash)).toEqual(hashes)
  })

  it.each([
    ['blob', '0x00'],
    ['kzg_proof', '0xc0'],
  ] as const)('are refused with a forged %s', async (field, start) => {
    const forged = sidecars.data.map((item) => ({ ...item }))
    forged[2]![field] = `${start}${forged[2]![field].slice(4)}` as Hex
    forged[2]![field] = forged[2]![field].replace(/.{2}$/, '01') as Hex
    await expect(fetchBlobs({ data: forged }, hashes)).rejects.toMatchObject({
      code: 'BLOBS_UNAVAILABLE',
      message: expect.stringContaining('does not belong to its commitment'),
    })
  })
})
