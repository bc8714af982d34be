import { describe, expect, it } from 'vitest'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { verifyForkSchedule } from './forkScheduleCheck.ts'

const now = 2_000n
const atGenesis = {
  regolithTime: 0,
  canyonTime: 0,
  ecotoneTime: 0,
  fjordTime: 0,
  graniteTime: 1_000,
  holoceneTime: 0,
  isthmusTime: 0,
}
const config = testRollupConfig('isthmus', {
  forkTimes: { ...testRollupConfig('isthmus').forkTimes, jovian: 1_500n, karst: 3_000n },
})
const chainConfig = { ...atGenesis, jovianTime: 1_500, karstTime: 3_000, optimism: {} }

/** An engine that knows these methods. */
function engine(answers: Readonly<Record<string, unknown>>): JsonRpcClient {
  return {
    endpoints: ['http://engine'],
    async request(method) {
      if (method in answers) return answers[method]
      throw new RpcError(-32601, 'unknown')
    },
    close: async () => {},
  }
}

async function verify(answers: Readonly<Record<string, unknown>>, ours = config) {
  const warnings: unknown[] = []
  const logger: Logger = { ...silentLogger, warn: (_, fields) => warnings.push(fields) }
  const flags = { url: '--l2', rollupConfig: '--rollup.config' }
  await verifyForkSchedule(
    { flags, timestamp: now },
    { rpc: engine(answers), config: ours, logger },
  )
  return warnings
}

describe('the forks of an engine', () => {
  it.each([
    ['debug_chainConfig', { debug_chainConfig: chainConfig }],
    ['admin_nodeInfo', { admin_nodeInfo: { protocols: { eth: { config: chainConfig } } } }],
    [
      'eth_config',
      { eth_config: { current: { activationTime: 1_500 }, next: { activationTime: 3_000 } } },
    ],
    ['nothing', {}],
    ['something else', { debug_chainConfig: 7, admin_nodeInfo: null, eth_config: { current: 1 } }],
    ['the config of another kind of chain', { debug_chainConfig: { shanghaiTime: 0 } }],
  ])('are taken when they fit, told by %s', async (_, answers) => {
    expect(await verify(answers)).toEqual([])
  })

  it.each([
    ['debug_chainConfig', { debug_chainConfig: { ...chainConfig, jovianTime: 1_600 } }],
    [
      'eth_config',
      { eth_config: { current: { activationTime: 1_600 }, next: { activationTime: 3_000 } } },
    ],
  ])('are refused when one was active at another time, told by %s', async (_, answers) => {
    await expect(verify(answers)).rejects.toMatchObject({
      code: 'FORK_SCHEDULE',
      exitCode: 5,
      shortMessage: expect.stringMatching(/jovian.*1600.*--rollup\.config.*1500/),
    })
  })

  it('are refused when the engine does not know one that is active', async () => {
    const { jovianTime: _, ...older } = chainConfig
    await expect(verify({ debug_chainConfig: older })).rejects.toThrow(/jovian.*never/)
  })

  it.each([
    ['debug_chainConfig', { debug_chainConfig: { ...chainConfig, karstTime: null } }],
    ['eth_config', { eth_config: { current: { activationTime: 1_500 }, next: null } }],
  ])('are only warned about when the other time is yet to come, told by %s', async (_, answers) => {
    const warnings = await verify(answers)
    expect(warnings).toEqual([{ fork: 'karst', engine: undefined, rollupConfig: 3_000n }])
  })

  it('may have one that we do not know of', async () => {
    const { karst: _, ...forkTimes } = config.forkTimes
    const warnings = await verify({ debug_chainConfig: chainConfig }, { ...config, forkTimes })
    expect(warnings).toEqual([{ fork: 'karst', engine: 3_000n, rollupConfig: undefined }])
  })
})
