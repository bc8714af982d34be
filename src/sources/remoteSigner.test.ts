import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { UnsignedTransaction } from '../txmgr/interface.ts'
import { connectRemoteSigner, type RemoteSignerOptions } from './remoteSigner.ts'

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

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
describe.skipIf(!hasOpenssl)(
  `TLS${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`,
  () => {
    it('with client certificates lets the signer know who asks, and sends the headers', async () => {
      const files = makeCertificates()
      const { server, url } = await serveTls(files)
      const tls = { caPath: files.ca, certPath: files.cert, keyPath: files.key }
      const signer = await connectRemoteSigner(
        { ...options, endpoint: url, tls, headers: { 'x-tenant': 'takt' } },
        { clock: systemClock, random: () => 0 },
      )
      cleanups.push(() => signer.close())
      expect(server.seen).toEqual([{ subject: 'takt-test', tenant: 'takt' }])
    })

    it('without a client certificate is refused', async () => {
      const files = makeCertificates()
      const { url } = await serveTls(files)
      const connecting = connectRemoteSigner(
        { ...options, endpoint: url },
        { clock: systemClock, random: () => 0 },
      )
      await expect(connecting).rejects.toMatchObject({ code: 'SIGNER_UNREACHABLE' })
    })
  },
)

const options: RemoteSignerOptions = {
  endpoint: 'http://127.0.0.1:1',
  address,
  headers: {},
  tls: undefined,
  timeoutMs: 2_000,
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

interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A self-signed certificate for localhost that serves as authority, server and client at once. */
function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'takt-tls-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const what = ['-subj', '/CN=takt-test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-days', '2', ...curve, ...what],
    ...['-keyout', key, '-out', cert],
  ])
  expect(made.stderr.toString()).not.toContain('rror')
  return { ca: cert, cert, key }
}

async function serveTls(files: Certificates) {
  const pem = (path: string) => readFileSync(path, 'utf8')
  const seen: unknown[] = []
  const server: Server = createServer(
    {
      key: pem(files.key),
      cert: pem(files.cert),
      ca: pem(files.ca),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate()
      seen.push({ subject: subject.CN, tenant: request.headers['x-tenant'] })
      response.setHeader('content-type', 'application/json')
      response.end('{"jsonrpc":"2.0","id":1,"result":"1.0"}')
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return { server: { seen }, url: `https://127.0.0.1:${port}` }
}
