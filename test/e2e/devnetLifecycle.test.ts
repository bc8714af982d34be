import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'

const fast = { blockTime: 1, l1BlockTime: 1 }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'takt-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a devnet with a state folder', () => {
  const withState = () => ({ ...fast, stateDir: join(folder, 'state') })

  test('goes on where it ended, on L1 and on L2', async () => {
    const recipient = '0x00000000000000000000000000000000000a11ce'
    const first = await createDevnet(withState())
    const l1Hash = await deposit(first, recipient)
    const before = await first.l2.publicClient.getBlock()
    await first.close()

    await using second = await createDevnet(withState())
    const { publicClient } = second.l2
    expect(second.descriptor.l1.contracts).toEqual(first.descriptor.l1.contracts)
    expect((await publicClient.getBlock({ blockNumber: before.number })).hash).toBe(before.hash)
    await expect.poll(() => publicClient.getBlockNumber()).toBeGreaterThan(before.number)
    const old = await second.l1.publicClient.getTransactionReceipt({ hash: l1Hash })
    expect(old.status).toBe('success')
    await deposit(second, recipient)
    expect(await publicClient.getBalance({ address: recipient })).toBe(parseEther('2'))
  })

  test('goes on at the time at which it ended, however long ago that was', async () => {
    const first = await createDevnet(withState())
    const { time } = await first.warp(600)
    await first.close()
    await using second = await createDevnet(withState())
    const status = await second.status()
    expect(status.time).toBeGreaterThanOrEqual(time)
    // What has gone by since then is nearer to none than to the ten minutes that the chain is ahead.
    expect(status.time).toBeLessThan(time + 300)
    expect(status.aheadSeconds).toBeGreaterThan(300)
  })

  test('loses nothing when the process is killed', async () => {
    // The newest block is shown before it is acknowledged; the one below it is on the disk.
    const child = await spawnDevnet(`
      const { l1, l2 } = await createDevnet(${JSON.stringify(withState())})
      let head = await l2.publicClient.getBlock()
      while (head.number < 3n) head = await l2.publicClient.getBlock()
      console.log(JSON.stringify({ number: Number(head.number) - 1, hash: head.parentHash, pid: l1.anvilPid }))`)
    const [line] = await once(child.stdout, 'data')
    const { number, hash, pid } = JSON.parse(String(line))
    child.kill('SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)

    await using devnet = await createDevnet(withState())
    const block = await devnet.l2.publicClient.getBlock({ blockNumber: BigInt(number) })
    expect(block.hash).toBe(hash)
  })

  test('goes on from an L1 that is older when L1 is killed too', async () => {
    const child = await spawnDevnet(`
      const { l1, l2 } = await createDevnet(${JSON.stringify(withState())})
      const isFar = () => l2.publicClient.getBlock().then(({ number }) => number >= 3n)
      while (!(await isFar())) await new Promise((resolve) => setTimeout(resolve, 100))
      console.log(l1.anvilPid)`)
    const [pid] = await once(child.stdout, 'data')
    process.kill(Number(pid), 'SIGKILL')
    child.kill('SIGKILL')
    await once(child, 'exit')

    await using devnet = await createDevnet(withState())
    await deposit(devnet, '0x00000000000000000000000000000000000a11ce')
  })
})

test('after disposal the process ends by itself, and nothing is left', async () => {
  const child = await spawnDevnet(`
    await using devnet = await createDevnet(${JSON.stringify(fast)})
    console.log(JSON.stringify([devnet.l1.anvilPid, devnet.descriptor.genesisPath]))`)
  const [line] = await once(child.stdout, 'data')
  const [pid, genesisPath] = JSON.parse(String(line)) as [number, string]
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(genesisPath)).toBe(false)
})

test('closes though L1 hangs for good', async () => {
  const devnet = await createDevnet({ ...fast, verifier: true })
  process.kill(devnet.l1.anvilPid, 'SIGSTOP')
  await devnet.close()
  expect(isRunning(devnet.l1.anvilPid)).toBe(false)
})

test('runs in a script that is given on the command line', async () => {
  const url = new URL('../../src/devnet/devnet.ts', import.meta.url)
  const script = `
    import { createDevnet } from '${url}'
    await using devnet = await createDevnet(${JSON.stringify(fast)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('two devnets run side by side', async () => {
  const [a, b] = await Promise.all([createDevnet(fast), createDevnet(fast)])
  try {
    const ports = [a, b].flatMap(({ l1, l2, node }) => [
      l1.rpcUrl,
      l2.rpcUrl,
      l2.engineUrl,
      node.rpcUrl,
    ])
    expect(new Set(ports).size).toBe(8)
  } finally {
    await Promise.all([a.close(), b.close()])
  }
})

test('tells when L1 is gone', async () => {
  await using devnet = await createDevnet(fast)
  process.kill(devnet.l1.anvilPid, 'SIGKILL')
  expect(await devnet.failed).toMatchObject({ code: 'ANVIL_GONE' })
})

describe('a taken port', () => {
  let server: Server
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => server.close())

  const options = ['l1Port', 'l2Port', 'enginePort', 'nodePort'] as const
  test.each(options)('for %s is an error that names it', async (option) => {
    const { port } = server.address() as { port: number }
    await expect(createDevnet({ ...fast, [option]: port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: 7,
      message: expect.stringContaining(option),
    })
  })
})

test('a start can be broken off', async () => {
  const stop = new AbortController()
  const start = createDevnet(fast, { signal: stop.signal })
  stop.abort(new Error('changed my mind'))
  await expect(start).rejects.toThrow('changed my mind')
})

async function deposit({ l1, l2 }: Devnet, to: `0x${string}`) {
  const request = await l2.publicClient.buildDepositTransaction({ mint: parseEther('1'), to })
  const { account } = l1.walletClient
  const hash = await l1.walletClient.depositTransaction({ ...request, account })
  const receipt = await l1.publicClient.waitForTransactionReceipt({ hash })
  const [l2Hash] = getL2TransactionHashes(receipt)
  await l2.publicClient.waitForTransactionReceipt({ hash: l2Hash! })
  return hash
}

/** A Node process of its own that runs the lines with `createDevnet` in scope. */
async function spawnDevnet(lines: string) {
  const url = new URL('../../src/devnet/devnet.ts', import.meta.url)
  const script = join(folder, 'devnet.mjs')
  await writeFile(script, `import { createDevnet } from '${url}'\n${lines}`)
  return spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
