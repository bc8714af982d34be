import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { zeroHash } from '../../src/base/hex.ts'
import { createJsonRpcServer } from '../../src/jsonrpc/server.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { keptPorts } from '../../src/testing/keptPorts.ts'
import { runTakt, startTakt } from './takt.ts'

const folder = mkdtempSync(join(tmpdir(), 'takt-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const openServers: { close(): unknown }[] = []
afterEach(async () => {
  for (const server of openServers.splice(0)) await server.close()
})

const ports = ['l1', 'l2', 'node', 'engine', 'control']
const freePorts = ports.map((name) => `--${name}-port=0`)
const l1Hash = `0x${'11'.repeat(32)}`
const l2Hash = `0x${'22'.repeat(32)}`
const secret = file('jwt.hex', 'ab'.repeat(32))
const otherSecret = file('other.hex', 'cd'.repeat(32))
const rollupConfig = {
  genesis: {
    l1: { hash: l1Hash, number: 0 },
    l2: { hash: l2Hash, number: 0 },
    l2_time: 1_700_000_000,
    system_config: {
      batcherAddr: `0x${'55'.repeat(20)}`,
      overhead: zeroHash,
      scalar: `0x${'00'.repeat(31)}01`,
      gasLimit: 30_000_000,
    },
  },
  block_time: 2,
  max_sequencer_drift: 600,
  seq_window_size: 3600,
  channel_timeout: 300,
  l1_chain_id: 900,
  l2_chain_id: 901,
  regolith_time: 0,
  batch_inbox_address: `0xff${'0'.repeat(35)}901`,
  deposit_contract_address: `0x${'33'.repeat(20)}`,
  l1_system_config_address: `0x${'44'.repeat(20)}`,
}
const rollup = file('rollup.json', JSON.stringify(rollupConfig))

test('0: help and version are answers', async () => {
  expect(await runTakt(['--help'])).toMatchObject({ exitCode: 0, stderr: '' })
  const { exitCode, stdout } = await runTakt(['node', '--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('--sequencer.l1-confs')
  expect(stdout).toContain('KONA_NODE_L1_ETH_RPC')
})

test('1: a fault that nobody waits for is told in full', async () => {
  const fault = `import { isMainThread } from 'node:worker_threads'
    const begins = () => process.listenerCount('uncaughtException') > 0
    if (isMainThread) setInterval(() => { if (begins()) throw new Error('boom') }, 50)`
  const { exitCode, stderr } = await runTakt(['devnet', ...freePorts], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
  })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^error INTERNAL boom\n +Error: boom\n/)
  expect(stderr).toContain('Please report it')
})

test('2: an unknown flag, with the one that was meant', async () => {
  const { exitCode, stdout, stderr } = await runTakt(['devnet', '--blok-time', '1'])
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain("error USAGE unknown option '--blok-time'")
  expect(stderr).toContain('try: Did you mean --block-time?')
})

test('2: an unknown command, with the one that was meant', async () => {
  const { exitCode, stderr } = await runTakt(['devnte'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('try: Did you mean devnet?')
})

test('2: a value that does not fit', async () => {
  const { exitCode, stderr } = await runTakt(['devnet', '--l1-port', '99999'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--l1-port: expected a whole number from 0 to 65535, got "99999"')
})

test('2: a required flag, with its variables, in either mode', async () => {
  const { exitCode, stderr } = await runTakt(['node', '--mode=validator'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--l1 is required')
  expect(stderr).toContain('TAKT_NODE_L1_ETH_RPC or KONA_NODE_L1_ETH_RPC or OP_NODE_L1_ETH_RPC')
})

test('3: a rollup.json that is not JSON', async () => {
  const { exitCode, stderr } = await runNode({ rollup: file('cut.json', '{"genesis":') })
  expect(exitCode).toBe(3)
  expect(stderr).toContain('cut.json')
})

test('3: a rollup.json with a wrong field, by its name', async () => {
  const wrong = file('wrong.json', JSON.stringify({ ...rollupConfig, block_time: 'two' }))
  const { exitCode, stderr } = await runNode({ rollup: wrong })
  expect(exitCode).toBe(3)
  expect(stderr).toContain('block_time')
})

test('3: a file that is not there', async () => {
  const { exitCode, stderr } = await runNode({ rollup: join(folder, 'nowhere.json') })
  expect(exitCode).toBe(3)
  expect(stderr).toContain('FILE_UNREADABLE')
})

test('4: an engine that refuses the JWT secret', async () => {
  const { exitCode, stderr } = await runNode({ secret: otherSecret })
  expect(exitCode).toBe(4)
  expect(stderr).toMatch(/wrong JWT secret/i)
})

test('5: an L1 that is another chain', async () => {
  const { exitCode, stderr } = await runNode({ l1: await serveL1('0x1') })
  expect(exitCode).toBe(5)
  expect(stderr).toContain('900')
})

test('6: an L1 that does not answer', async () => {
  const { exitCode, stderr } = await runNode({ l1: 'http://127.0.0.1:1' })
  expect(exitCode).toBe(6)
  expect(stderr).toContain('http://127.0.0.1:1')
  expect(stderr).toContain('--l1')
})

test('7: a port that is taken', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  openServers.push(server)
  const { port } = server.address() as { port: number }
  const { exitCode, stderr } = await runTakt(['devnet', ...freePorts, `--l1-port=${port}`])
  expect(exitCode).toBe(7)
  expect(stderr).toContain(String(port))
  expect(stderr).toContain('--l1-port')
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'devnet --json: one line on stdout, and %s ends it with 0 and leaves nothing',
  async (signal) => {
    // Of a port that the system had chosen somebody else could listen as soon as it is free.
    const kept = await keptPorts(ports.length)
    const portFlags = ports.map((name, index) => `--${name}-port=${kept[index]}`)
    const devnet = startTakt(['devnet', '--json', '--block-time=1', ...portFlags])
    const { l1, l2, node } = JSON.parse(await devnet.firstLine)
    const urls = [l1.rpcUrl, l2.rpcUrl, l2.engineUrl, node.rpcUrl]
    expect(await Promise.all(urls.map(isListening))).toEqual([true, true, true, true])
    devnet.kill(signal)
    // One that had to be ended by force ends with 1.
    expect(await devnet.ended).toEqual({ exitCode: 0, signal: null })
    expect(await Promise.all(urls.map(isListening))).toEqual([false, false, false, false])
    expect(devnet.stdout().trimEnd().split('\n')).toHaveLength(1)
  },
)

test('devnet for people: the table, then a line per block', async () => {
  const devnet = startTakt(['devnet', '--block-time=1', ...freePorts])
  await expect.poll(devnet.stdout).toMatch(/^#2 .* L1 #\d/m)
  devnet.kill('SIGTERM')
  await devnet.ended
  expect(devnet.stdout()).toMatch(/^Endpoints\n {2}L1 RPC +http:/)
  expect(devnet.stdout()).toContain('optimismPortal')
  expect(devnet.stderr()).toBe('')
})

test('with --json an error is one line of JSON on stderr', async () => {
  const { exitCode, stdout, stderr } = await runTakt(['devnet', '--json', '--fork', 'moon'])
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', code: 'FLAG_VALUE', exitCode: 2 })
})

async function runNode(given: { rollup?: string; secret?: string; l1?: string }) {
  return runTakt([
    'node',
    '--mode=sequencer',
    `--rollup.config=${given.rollup ?? rollup}`,
    `--l1=${given.l1 ?? (await serveL1('0x384'))}`,
    `--l2=${await serveEngine()}`,
    `--l2.jwt-secret=${given.secret ?? secret}`,
    '--rpc.port=0',
  ])
}

/** An L1 that knows its chain id and its first block. */
async function serveL1(chainId: string): Promise<string> {
  const server = await createJsonRpcServer(
    {
      host: '127.0.0.1',
      port: 0,
      methods: {
        eth_chainId: async () => chainId,
        eth_getBlockByNumber: async () => ({ hash: l1Hash }),
      },
    },
    { logger: silentLogger },
  )
  openServers.push(server)
  return server.url
}

/** An engine that asks for the JWT and knows its chain id and its first block. */
async function serveEngine(): Promise<string> {
  const server = await createJsonRpcServer(
    {
      host: '127.0.0.1',
      port: 0,
      jwtSecret: new Uint8Array(32).fill(0xab),
      methods: {
        eth_chainId: async () => '0x385',
        eth_getBlockByNumber: async () => ({ hash: l2Hash }),
        engine_exchangeCapabilities: async () => [],
      },
    },
    { logger: silentLogger },
  )
  openServers.push(server)
  return server.url
}

async function isListening(url: string): Promise<boolean> {
  return await fetch(url, { method: 'POST', body: '{}' }).then(
    () => true,
    () => false,
  )
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
