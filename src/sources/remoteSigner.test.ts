import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import {
  createTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../testing/certificates.ts'
import type { UnsignedTransaction } from '../txmgr/interface.ts'
import {
  type ClientTlsFiles,
  connectRemoteSigner,
  type RemoteSigner,
  type RemoteSignerOptions,
} from './remoteSigner.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const address = `0x${'aa'.repeat(20)}` as const
const transaction: UnsignedTransaction = {
  chainId: 900n,
  nonce: 3n,
  to: undefined,
  data: Uint8Array.of(1, 2),
  value: 0n,
  gasLimit: 21_000n,
  maxPriorityFeePerGas: 1n,
  maxFeePerGas: 2n,
  blobs: { maxFeePerBlobGas: 5n, versionedHashes: [`0x01${'bb'.repeat(31)}`] },
}

describe('a remote signer', () => {
  it('is asked with the fields of the transaction', async () => {
    const asked: unknown[] = []
    const signer = await connect({
      health_status: async () => '1.0',
      eth_signTransaction: async (params) => {
        asked.push(params[0])
        return '0x0203'
      },
    })
    expect(bytesToHex(await signer.sign(transaction))).toBe('0x0203')
    expect(asked).toEqual([
      {
        from: address,
        to: null,
        nonce: '0x3',
        gas: '0x5208',
        maxFeePerGas: '0x2',
        maxPriorityFeePerGas: '0x1',
        value: '0x0',
        input: '0x0102',
        accessList: [],
        chainId: '0x384',
        blobVersionedHashes: [`0x01${'bb'.repeat(31)}`],
        maxFeePerBlobGas: '0x5',
      },
    ])
  })

  it('may wrap its answer, and need not know health_status', async () => {
    const signer = await connect({ eth_signTransaction: async () => ({ raw: '0x02' }) })
    expect(bytesToHex(await signer.sign(transaction))).toBe('0x02')
  })

  it('that refuses or answers nonsense is a passing trouble', async () => {
    const signer = await connect({ eth_signTransaction: async () => ({ tx: {} }) })
    await expect(signer.sign(transaction)).rejects.toMatchObject({
      code: 'SIGNER_BAD_DATA',
      severity: 'temporary',
    })
  })

  it('that is not there stops the start', async () => {
    const connecting = connectRemoteSigner(
      { ...options, endpoint: 'http://127.0.0.1:1' },
      { clock: systemClock, random: () => 0 },
    )
    await expect(connecting).rejects.toMatchObject({ code: 'SIGNER_UNREACHABLE', exitCode: 6 })
  })

  it('without its certificates stops the start', async () => {
    const tls = { caPath: '/nowhere/ca', certPath: '/nowhere/cert', keyPath: '/nowhere/key' }
    const connecting = connectRemoteSigner(
      { ...options, tls },
      { clock: systemClock, random: () => 0 },
    )
    await expect(connecting).rejects.toMatchObject({ code: 'TLS_FILE', exitCode: 3 })
  })
})

describe('a remote signer behind TLS', () => {
  it('knows who asks by the client certificate, and is sent the headers', async () => {
    const authority = createTestAuthority('signers')
    const server = await serveTls(authority)
    const tls = writeFiles(authority, authority.issue('batcher of ink'))
    const signer = await connectTls(server.url, tls, { 'x-tenant': 'takt' })
    expect(bytesToHex(await signer.sign(transaction))).toBe('0x02')
    const seen = { subject: 'batcher of ink', tenant: 'takt' }
    expect(server.seen).toEqual([
      { method: 'health_status', ...seen },
      { method: 'eth_signTransaction', ...seen },
    ])
  })

  it('is not reached without a client certificate, nor with one of another authority', async () => {
    const authority = createTestAuthority('signers')
    const { url, seen } = await serveTls(authority)
    const stranger = createTestAuthority('strangers').issue('batcher of ink')
    for (const tls of [undefined, writeFiles(authority, stranger)]) {
      await expect(connectTls(url, tls)).rejects.toMatchObject({ code: 'SIGNER_UNREACHABLE' })
    }
    expect(seen).toEqual([])
  })

  it('is not trusted with a certificate of another authority', async () => {
    const authority = createTestAuthority('signers')
    const { url, seen } = await serveTls(authority)
    const tls = writeFiles(createTestAuthority('strangers'), authority.issue('batcher of ink'))
    await expect(connectTls(url, tls)).rejects.toMatchObject({ code: 'SIGNER_UNREACHABLE' })
    expect(seen).toEqual([])
  })

  it('is shown a renewed certificate without a restart', async () => {
    const authority = createTestAuthority('signers')
    const server = await serveTls(authority)
    const tls = writeFiles(authority, authority.issue('old'))
    const signer = await connectTls(server.url, tls)
    const renewed = authority.issue('new')
    writeFileSync(tls.certPath, renewed.cert)
    writeFileSync(tls.keyPath, renewed.key)
    server.endConnections()
    await signer.sign(transaction)
    expect(server.seen.map(({ subject }) => subject)).toEqual(['old', 'new'])
  })
})

const options: RemoteSignerOptions = {
  endpoint: 'http://127.0.0.1:1',
  address,
  headers: {},
  tls: undefined,
  timeoutMs: 600_000,
}

async function connect(methods: RpcMethods) {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods },
    { logger: silentLogger },
  )
  cleanups.push(() => server.close())
  const signer = await connectRemoteSigner(
    { ...options, endpoint: server.url },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(() => signer.close())
  return signer
}

async function connectTls(
  endpoint: string,
  tls: ClientTlsFiles | undefined,
  headers: RemoteSignerOptions['headers'] = {},
): Promise<RemoteSigner> {
  const signer = await connectRemoteSigner(
    { ...options, endpoint, tls, headers },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(() => signer.close())
  return signer
}

function writeFiles(authority: TestCertificate, { cert, key }: TestCertificate): ClientTlsFiles {
  const folder = mkdtempSync(join(tmpdir(), 'takt-tls-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return {
    caPath: write('ca.pem', authority.cert),
    certPath: write('cert.pem', cert),
    keyPath: write('key.pem', key),
  }
}

interface Seen {
  readonly method: string
  readonly subject: unknown
  readonly tenant: unknown
}

/** A signer that wants client certificates of the authority. */
async function serveTls(authority: TestAuthority) {
  const seen: Seen[] = []
  const server = createServer(
    {
      ...authority.issue('signer'),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    },
    async (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate()
      const { id, method } = (await json(request)) as { id: number; method: string }
      seen.push({ method, subject: subject.CN, tenant: request.headers['x-tenant'] })
      const result = method === 'health_status' ? '1.0' : '0x02'
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const endConnections = () => server.closeAllConnections()
  return { seen, url: `https://127.0.0.1:${port}`, endConnections }
}
