import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { deriveDevnetAccounts, developmentMnemonic } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { rpcCall } from './rpcCall.ts'
import { runTakt, startTakt } from './takt.ts'

const { batcher: account } = deriveDevnetAccounts(1).roles
const batcherKey = ['--mnemonic', developmentMnemonic, '--hd-path', "m/44'/60'/1'/0/1"]

let devnet: Devnet

beforeAll(async () => {
  devnet = await createDevnet({ batcher: false, blockTime: 1, l1BlockTime: 1, accounts: 2 })
})
afterAll(() => devnet?.close())

function command(...more: readonly string[]): string[] {
  const { l1, l2 } = devnet.descriptor
  return commandOver({ l1: l1.rpcUrl, l2: l2.rpcUrl }, ...more)
}

function commandOver(urls: { l1: string; l2: string }, ...more: readonly string[]): string[] {
  const { node } = devnet.descriptor
  const endpoints = ['--l1-eth-rpc', urls.l1, '--l2-eth-rpc', urls.l2, '--rollup-rpc', node.rpcUrl]
  return ['batcher', ...endpoints, '--rpc.port=0', ...more]
}

const fast = [
  '--poll-interval=200ms',
  '--max-channel-duration=1',
  '--num-confirmations=1',
  '--txmgr.receipt-query-interval=200ms',
  '--start-quiet-period=1s',
]

async function safeHead(): Promise<number> {
  const status = await rpcCall(devnet.node.rpcUrl, 'optimism_syncStatus')
  return (status as { safe_l2: { number: number } }).safe_l2.number
}

async function untilSafe(number: number): Promise<void> {
  await expect.poll(safeHead).toBeGreaterThanOrEqual(number)
}

describe('takt batcher', () => {
  test("9: refuses a key that is not SystemConfig's, and names both accounts", async () => {
    const [user] = devnet.accounts
    const { exitCode, stderr } = await runTakt(command('--private-key', user!.privateKey))
    expect(exitCode).toBe(9)
    expect(stderr).toContain(user!.address)
    expect(stderr).toContain(account.address)
  })

  test('10: refuses to start without funds', async () => {
    const setBalance = (wei: unknown) =>
      rpcCall(devnet.l1.rpcUrl, 'anvil_setBalance', account.address, wei)
    const balance = await rpcCall(devnet.l1.rpcUrl, 'eth_getBalance', account.address, 'latest')
    onTestFinished(() => setBalance(balance).then(() => undefined))
    await setBalance('0x1')
    const { exitCode, stderr } = await runTakt(command(...batcherKey))
    expect(exitCode).toBe(10)
    expect(stderr).toContain(account.address)
  })

  test('2: wants an engine for each rollup node', async () => {
    const { node } = devnet.descriptor
    const { exitCode, stderr } = await runTakt(command(...batcherKey, '--rollup-rpc', node.rpcUrl))
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--l2-eth-rpc has 1 endpoints, --rollup-rpc 2')
  })

  test('posts beside a sequencer that is down, and before it ends what it has loaded', async () => {
    const dead = ['--l2-eth-rpc', 'http://127.0.0.1:1', '--rollup-rpc', 'http://127.0.0.1:1']
    const unhurried = fast.filter((flag) => !flag.startsWith('--max-channel-duration'))
    const before = await safeHead()
    const takt = startTakt(command(...batcherKey, ...unhurried, ...dead, '--rpc.enable-admin'))
    onTestFinished(() => takt.kill('SIGKILL'))
    await takt.logged(/(Posting from the safe head)/)
    expect(takt.stderr()).toContain('Starting without one of the engines')
    const url = await takt.logged(/rpcUrl=(\S+)/)
    const loadedBytes = async () => {
      const controller = await rpcCall(url, 'admin_getThrottleController')
      return (controller as { current_load: number }).current_load
    }
    await expect.poll(loadedBytes).toBeGreaterThan(0)
    expect(await safeHead()).toBe(before)
    takt.kill('SIGTERM')
    expect(await takt.ended).toMatchObject({ exitCode: 0 })
    await untilSafe(before + 1)
  })

  test('makes the chain safe, is killed, and goes on in another way, over WebSocket', async () => {
    const first = startTakt(command(...batcherKey, ...fast), { OP_BATCHER_BATCH_TYPE: '1' })
    onTestFinished(() => first.kill('SIGKILL'))
    await untilSafe(3)
    first.kill('SIGKILL')
    await first.ended
    const before = await safeHead()

    const blobs = ['--data-availability-type=blobs', '--compression-algo=brotli']
    const { l1, l2 } = devnet.descriptor
    const urls = { l1: l1.wsUrl, l2: l2.wsUrl }
    const second = startTakt(
      commandOver(urls, ...batcherKey, ...fast, ...blobs, '--rpc.enable-admin'),
    )
    onTestFinished(() => second.kill('SIGKILL'))
    const url = await second.logged(/rpcUrl=(\S+)/)
    await untilSafe(before + 3)
    expect(await rpcCall(url, 'admin_getThrottleController')).toMatchObject({
      type: 'quadratic',
      intensity: 0,
    })
    await rpcCall(url, 'admin_stopBatcher')
    await expect(rpcCall(url, 'admin_stopBatcher')).rejects.toThrow('not running')
    await rpcCall(url, 'admin_startBatcher')
    await untilSafe((await safeHead()) + 2)
    second.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ exitCode: 0 })
  })
})
