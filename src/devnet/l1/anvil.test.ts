import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLogger } from '../../runtime/logger.ts'
import { type AnvilOptions, startAnvil } from './anvil.ts'

const options: AnvilOptions = {
  host: '127.0.0.1',
  port: 0,
  chainId: 900,
  genesisTime: undefined,
  gasLimit: 30_000_000,
  accounts: 1,
  stateFile: undefined,
  cacheDir: join(tmpdir(), 'takt-test-anvil'),
}

const deps = { logger: silentLogger }

test('a taken port is an error that names it', async () => {
  await using first = await startAnvil(options, deps)
  const port = Number(new URL(first.rpcUrl).port)
  await expect(startAnvil({ ...options, port }, deps)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    exitCode: 7,
    shortMessage: `L1 cannot listen on 127.0.0.1:${port}: the port is taken`,
  })
})

test.each(['nowhere', '192.0.2.1'])(
  'a host that is no address of the machine is refused: %s',
  async (host) => {
    await expect(startAnvil({ ...options, host }, deps)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      exitCode: 2,
      shortMessage: `L1 cannot listen on ${host}:0: it is no address of this machine`,
    })
  },
)

test('flags that anvil refuses are reported in its words', async () => {
  const failure = await startAnvil({ ...options, chainId: -1 }, deps).catch((error) => error)
  expect(failure.code).toBe('ANVIL_FAILED')
  expect(failure.cause.message).toContain('-1')
})

test('tells when anvil dies', async () => {
  const anvil = await startAnvil(options, deps)
  process.kill(anvil.pid, 'SIGKILL')
  expect((await anvil.crashed).shortMessage).toBe(
    'L1 is gone: anvil stopped, it ended with SIGKILL',
  )
  await anvil.close()
})

test('ends with a process that had no chance to clean up', async () => {
  const url = new URL('./anvil.ts', import.meta.url)
  const script = `
    import { startAnvil } from '${url}'
    const logger = { debug() {} }
    const anvil = await startAnvil(${JSON.stringify(options)}, { logger })
    console.log(anvil.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [output] = await once(parent.stdout, 'data')
  const pid = Number(String(output))
  expect(isRunning(pid)).toBe(true)

  parent.kill('SIGKILL')

  await expect.poll(() => isRunning(pid)).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
