import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Hash, zeroHash } from '../../base/hex.ts'
import type { Fork } from '../../chain/forks.ts'
import { signJwt } from '../../jsonrpc/jwt.ts'
import { newPayloadParams, payloadAttributesToJson } from '../../protocol/payloadJson.ts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { openTestChain, type TestChain, testGenesis } from '../../testing/executionChain.ts'
import { type EngineServers, serveEngine } from '../serveEngine.ts'
import { decodeProtocolVersion, encodeProtocolVersion, isNewerVersion } from './protocolVersion.ts'

const jwtSecret = new Uint8Array(32).fill(3)
const local = { host: '127.0.0.1', port: 0 }

let chain: TestChain
let servers: EngineServers

const open = async (fork: Fork = 'karst') => {
  chain = await openTestChain({ genesis: testGenesis({ fork }) })
  servers = await serveEngine(
    { version: '1.2.3', jwtSecret, engineApi: local, rpc: local },
    { stack: chain.stack, clock: systemClock, logger: silentLogger },
  )
}
beforeEach(() => open())
afterEach(close)
async function close() {
  await servers.close()
  await chain.stack.close()
}

const post = (body: unknown, token: string) =>
  fetch(servers.engineApi.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
const call = async (method: string, ...params: unknown[]) => {
  const token = signJwt(jwtSecret, Date.now() / 1000)
  const response = await post({ jsonrpc: '2.0', id: 1, method, params }, token)
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  const { result, error } = (await response.json()) as any
  return error === undefined ? result : { code: error.code, message: error.message }
}
const forkchoice = (head: Hash) => ({
  headBlockHash: head,
  safeBlockHash: zeroHash,
  finalizedBlockHash: zeroHash,
})
const genesis = () => chain.stack.chain.genesis.hash
const attributes = (changes = {}) =>
  payloadAttributesToJson(chain.attributes(genesis(), { noTxPool: true, ...changes }))

describe('the Engine API over HTTP', () => {
  it('builds, takes in and follows a block', async () => {
    const { payloadStatus, payloadId } = await call(
      'engine_forkchoiceUpdatedV3',
      forkchoice(genesis()),
      attributes(),
    )
    expect(payloadStatus).toEqual({
      status: 'VALID',
      latestValidHash: genesis(),
      validationError: null,
    })
    const envelope = await call('engine_getPayloadV5', payloadId)
    expect(envelope).toMatchObject({ blockValue: '0x0', executionRequests: [] })
    const { executionPayload, parentBeaconBlockRoot } = envelope
    const params = [executionPayload, [], parentBeaconBlockRoot, []]
    expect((await call('engine_newPayloadV4', ...params)).status).toBe('VALID')
    const { blockHash } = executionPayload
    const followed = await call('engine_forkchoiceUpdatedV3', forkchoice(blockHash), null)
    expect(followed).toMatchObject({ payloadStatus: { status: 'VALID' }, payloadId: null })
    expect(await call('eth_blockNumber')).toBe('0x1')
    expect(await call('engine_getPayloadBodiesByHashV1', [blockHash, zeroHash])).toEqual([
      { transactions: [], withdrawals: [] },
      null,
    ])
    expect(await call('engine_getPayloadBodiesByRangeV1', '0x1', '0x9')).toHaveLength(1)
  })

  it('is closed to those without the secret', async () => {
    const request = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
    const wrong = signJwt(new Uint8Array(32), Date.now() / 1000)
    expect((await post(request, wrong)).status).toBe(401)
    const old = signJwt(jwtSecret, Date.now() / 1000 - 120)
    expect((await post(request, old)).status).toBe(401)
  })

  it('names itself and what it can do', async () => {
    expect(await call('engine_getClientVersionV1', {})).toEqual([
      { code: 'TK', name: 'takt', version: '1.2.3', commit: '0x00000000' },
    ])
    const methods = await call('engine_exchangeCapabilities', [])
    expect(methods).toContain('engine_getPayloadV5')
    expect(methods).not.toContain('engine_exchangeCapabilities')
  })

  it('says which protocol version it supports', async () => {
    const newer = encodeProtocolVersion({ major: 99, minor: 0, patch: 0, preRelease: 0 })
    const ours = await call('engine_signalSuperchainV1', { recommended: newer, required: newer })
    expect(decodeProtocolVersion(ours)?.major).toBe(9)
  })

  it('lets the batcher throttle', async () => {
    expect(await call('miner_setMaxDASize', '0x64', '0x0')).toBe(true)
  })

  it.each([
    ['gasLimit', -38003],
    ['parentBeaconBlockRoot', -38003],
    ['timestamp', -32602],
  ])('refuses attributes without %s', async (missing, code) => {
    const given = Object.entries(attributes()).filter(([name]) => name !== missing)
    const answer = await call(
      'engine_forkchoiceUpdatedV3',
      forkchoice(genesis()),
      Object.fromEntries(given),
    )
    expect(answer.code).toBe(code)
  })

  it.each([
    [-38001, 'engine_getPayloadV5', ['0x0300000000000000']],
    [-38002, 'engine_forkchoiceUpdatedV3', ['safe']],
    [-38004, 'engine_getPayloadBodiesByRangeV1', ['0x1', '0x401']],
    [-32602, 'engine_getPayloadBodiesByRangeV1', ['0x0', '0x1']],
    [-32602, 'engine_newPayloadV4', [{}]],
    [-32602, 'engine_forkchoiceUpdatedV3', [{ headBlockHash: '0x12' }]],
  ])('answers %d to %s %j', async (code, method, params) => {
    const unknownSafe = { ...forkchoice(genesis()), safeBlockHash: `0x${'99'.repeat(32)}` }
    const given = params[0] === 'safe' ? [unknownSafe] : params
    expect((await call(method, ...given)).code).toBe(code)
  })
})

describe('a method version', () => {
  const versions = { isthmus: 4, jovian: 4, karst: 5 } as const

  it.each(Object.entries(versions))('of %s is getPayloadV%d, and no other', async (fork, right) => {
    await close()
    await open(fork as Fork)
    const minBaseFee = fork === 'isthmus' ? undefined : 0n
    const given = attributes({ minBaseFee })
    const { payloadId } = await call('engine_forkchoiceUpdatedV3', forkchoice(genesis()), given)
    for (const version of [1, 2, 3, 4, 5]) {
      const answer = await call(`engine_getPayloadV${version}`, payloadId)
      if (version === right) expect(answer.executionPayload.blockNumber).toBe('0x1')
      else expect(answer.code).toBe(-38005)
    }
  })

  it('of newPayload and forkchoiceUpdated must fit the timestamp', async () => {
    const built = await chain.build(genesis(), { noTxPool: true })
    const [payload, ...rest] = newPayloadParams(4, built)
    expect((await call('engine_newPayloadV3', payload, ...rest)).code).toBe(-38005)
    const { withdrawalsRoot: _, ...withoutRoot } = payload as Record<string, unknown>
    expect(await call('engine_newPayloadV4', withoutRoot, ...rest)).toMatchObject({
      code: -32602,
      message: 'Invalid parameters: withdrawalsRoot is missing from isthmus on',
    })
    const { parentBeaconBlockRoot: __, ...old } = attributes()
    const answer = await call('engine_forkchoiceUpdatedV2', forkchoice(genesis()), old)
    expect(answer.code).toBe(-38005)
  })
})

describe('protocol versions', () => {
  const version = (major: number, preRelease = 0) => ({ major, minor: 0, patch: 0, preRelease })

  it('survive encoding', () => {
    expect(decodeProtocolVersion(encodeProtocolVersion(version(8, 3)))).toEqual(version(8, 3))
    expect(decodeProtocolVersion(`0x01${'00'.repeat(31)}`)).toBeUndefined()
  })

  it('are ordered, a pre-release before its release', () => {
    expect(isNewerVersion(version(9), version(8))).toBe(true)
    expect(isNewerVersion(version(9), version(9))).toBe(false)
    expect(isNewerVersion(version(9), version(9, 1))).toBe(true)
    expect(isNewerVersion(version(9, 1), version(9, 2))).toBe(false)
  })
})
