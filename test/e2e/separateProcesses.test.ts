import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDevnet } from '../../src/devnet/devnet.ts'
import { keptPorts } from '../../src/testing/keptPorts.ts'
import { rpcCall } from './rpcCall.ts'
import { startTakt, type TaktProcess } from './takt.ts'

const folder = mkdtempSync(join(tmpdir(), 'takt-separate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const started: TaktProcess[] = []
afterEach(async () => {
  for (const process of started.splice(0)) {
    process.kill('SIGKILL')
    await process.ended
  }
})

// The devnet lends its L1 and its files; a second engine and node make a chain of their own on them.
test.each(['http', 'ws'])(
  'a node and an engine in processes of their own make blocks over %s, also after the engine was killed',
  async (protocol) => {
    await using devnet = await createDevnet({ blockTime: 1 })
    const { l1, genesisPath, rollupConfigPath } = devnet.descriptor
    const dataDir = join(folder, protocol)
    const over = (url: string) => url.replace('http', protocol)
    const [enginePort, rpcPort] = await keptPorts(2)
    const engineArgs = [
      'engine',
      `--genesis=${genesisPath}`,
      `--rollup.config=${rollupConfigPath}`,
      `--datadir=${dataDir}`,
      `--authrpc.port=${enginePort}`,
      `--http.port=${rpcPort}`,
      '--log.format=json',
    ]
    const engine = start(engineArgs)
    const { rpcUrl, engineUrl } = await ready(engine)
    const node = start([
      'node',
      '--mode=sequencer',
      `--l1=${over(l1.rpcUrl)}`,
      `--l2=${over(engineUrl)}`,
      `--l2.jwt-secret=${join(dataDir, 'jwtsecret')}`,
      `--rollup.config=${rollupConfigPath}`,
      '--sequencer.l1-confs=0',
      '--rpc.port=0',
      '--log.format=json',
    ])
    const nodeUrl = (await ready(node)).rpcUrl
    await reach(rpcUrl, 4)

    // What the engine has told the node must survive; what it only shows to readers may still be on its way to disk.
    const acknowledged = await unsafeNumber(nodeUrl)
    engine.kill('SIGKILL')
    await engine.ended
    const restarted = start(engineArgs)
    await ready(restarted)
    const resumedAt = await blockNumber(rpcUrl)
    expect(resumedAt).toBeGreaterThanOrEqual(acknowledged)
    await reach(rpcUrl, resumedAt + 3)

    await expect.poll(() => unsafeNumber(nodeUrl)).toBeGreaterThan(resumedAt)
    for (const process of [node, restarted]) {
      process.kill('SIGTERM')
      expect(await process.ended).toEqual({ exitCode: 0, signal: null })
    }
  },
)

function start(args: readonly string[]): TaktProcess {
  const process = startTakt(args)
  started.push(process)
  return process
}

/** The fields of the log line that says where a command listens. */
async function ready(process: TaktProcess): Promise<{ rpcUrl: string; engineUrl: string }> {
  return JSON.parse(await process.logged(/^(.*"msg":"(?:Engine|Node) is ready".*)$/m))
}

async function reach(url: string, number: number): Promise<void> {
  await expect.poll(() => blockNumber(url)).toBeGreaterThanOrEqual(number)
}

async function blockNumber(url: string): Promise<number> {
  return Number(await rpcCall(url, 'eth_blockNumber'))
}

async function unsafeNumber(nodeUrl: string): Promise<number> {
  const status = (await rpcCall(nodeUrl, 'optimism_syncStatus')) as {
    unsafe_l2: { number: number }
  }
  return status.unsafe_l2.number
}
