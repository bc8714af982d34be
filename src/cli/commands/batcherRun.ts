import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { ChainError, ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { bytesToHex } from '../../base/hex.ts'
import { Batcher } from '../../batcher/batcher.ts'
import type { BatcherNode, BlockBuilder } from '../../batcher/interface.ts'
import { type BatcherOptions, batcherOptions } from '../../batcher/options.ts'
import { threadCompressor } from '../../batcher/threadCompressor.ts'
import { defaultThrottleOptions } from '../../batcher/throttle/throttleOptions.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../jsonrpc/client.ts'
import type { ServiceMetrics } from '../../metrics/serviceMetrics.ts'
import { batcherApi } from '../../rpc/batcherApi.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Logger } from '../../runtime/logger.ts'
import { orAbort } from '../../runtime/orAbort.ts'
import { askActive } from '../../sources/activeRollup.ts'
import { createBatcherL1 } from '../../sources/batcherL1.ts'
import { createBlockBuilder } from '../../sources/blockBuilder.ts'
import { verifyL1Endpoint, verifyL2Endpoint } from '../../sources/endpointChecks.ts'
import { createL2Client } from '../../sources/l2Client.ts'
import { createRollupClient, fetchRollupConfig } from '../../sources/rollupClient.ts'
import { batcherFlags, l2Flags, pidFlags, throttleFlags } from '../flags/batcherFlags.ts'
import { type Environment, readFlags, required } from '../flags/flag.ts'
import { readServiceValues, type ServiceValues } from '../flags/serviceFlags.ts'
import { type L1AccountSettings, openL1Account, readL1Account } from '../l1Account.ts'
import type { ServiceDeps } from './serviceCommand.ts'
import { serveService } from './serviceServer.ts'

/** All that `takt batcher` was told. */
export interface BatcherSettings {
  readonly service: ServiceValues & { readonly l2Urls: readonly string[] }
  readonly batcher: BatcherOptions
  readonly account: L1AccountSettings
}

/**
 * Runs a batcher until it is told to stop; what it has loaded is posted first.
 *
 * @throws what it could not start or go on for.
 */
export async function runBatcher(
  settings: BatcherSettings,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<void> {
  const { service } = settings
  await using cleanups = new Cleanups()
  const metrics = deps.metrics && (await measure(deps.metrics))
  const accountDeps = { ...deps, metrics: metrics?.transactions }
  const account = await openL1Account(settings.account, service.l1Urls, accountDeps, signal)
  cleanups.add(() => account.close())
  const connect = (url: string, urlFlag: string): JsonRpcClient => {
    const rpc = createJsonRpcClient({ urls: [url], urlFlag }, { ...deps, random: Math.random })
    cleanups.add(() => rpc.close())
    return rpc
  }
  const { config, node, engines } = await connectRollup(service, deps, connect, signal)
  const l1Flags = { url: '--l1-eth-rpc', rollupConfig: '--rollup-rpc' }
  await verifyL1Endpoint({ flags: l1Flags }, { rpc: account.rpc, config }, signal)
  const extra = settings.batcher.throttle.additionalEndpoints.map((url) =>
    createBlockBuilder({ rpc: connect(url, '--throttle.additional-endpoints') }),
  )
  const batcher = new Batcher(settings.batcher, {
    ...deps,
    config,
    node,
    l1: createBatcherL1({ systemConfig: config.l1SystemConfigAddress }, { rpc: account.rpc }),
    transactions: account.transactions,
    compressor: threadCompressor,
    builders: [...engines, ...extra],
    newChannelId: () => bytesToHex(randomBytes(16)),
    onPacked: metrics?.batches.onPacked,
  })
  metrics?.batches.watch(batcher)
  cleanups.add(() => batcher.close())
  if (!settings.batcher.stopped) await batcher.start(signal)

  const server = await serveService(
    service,
    { name: 'Batcher', adminMethods: batcherApi(batcher), problems: () => batcher.problems },
    { ...deps, ...account },
  )
  cleanups.add(() => server.close())
  deps.metrics?.noteUp()
  try {
    await orAbort(batcher.failed, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    if (batcher.isRunning) await batcher.stop()
  }
}

/** @throws {ConfigError} naming the flag that is missing or wrong. */
export function readBatcherSettings(command: Command, env: Environment): BatcherSettings {
  const { l2Urls } = readFlags(command, l2Flags, env)
  const service = {
    ...readServiceValues(command, env, 'batcher'),
    l2Urls: required(l2Urls, l2Flags.l2Urls),
  }
  if (service.l2Urls.length !== service.rollupUrls.length) {
    throw new ConfigError(
      exitCodes.usage,
      'FLAG_CONFLICT',
      `--l2-eth-rpc has ${service.l2Urls.length} endpoints, --rollup-rpc ${service.rollupUrls.length}`,
      { metaMessages: ['Give one engine for each rollup node, in the same order.'] },
    )
  }
  const pid = { ...defaultThrottleOptions.pid, ...readFlags(command, pidFlags, env) }
  const batcher = batcherOptions({
    ...readFlags(command, batcherFlags, env),
    throttle: { ...readFlags(command, throttleFlags, env), pid },
  })
  return { service, batcher, account: readL1Account(command, env, 'batcher') }
}

async function measure(metrics: ServiceMetrics) {
  const [{ createTxMetrics }, { createBatcherMetrics }] = await Promise.all([
    import('../../metrics/txMetrics.ts'),
    import('../../metrics/batcherMetrics.ts'),
  ])
  const batches = createBatcherMetrics(metrics)
  return { transactions: createTxMetrics(metrics, batches.transactions), batches }
}

/** Rollup nodes and their engines, checked; the node whose sequencer is active answers. */
async function connectRollup(
  service: BatcherSettings['service'],
  deps: ServiceDeps,
  connect: (url: string, urlFlag: string) => JsonRpcClient,
  signal: AbortSignal,
): Promise<{
  readonly config: RollupConfig
  readonly node: BatcherNode
  readonly engines: readonly BlockBuilder[]
}> {
  const rollupRpcs = service.rollupUrls.map((url) => connect(url, '--rollup-rpc'))
  const config = await firstAnswer(rollupRpcs.map((rpc) => fetchRollupConfig({ rpc }, signal)))
  const engineRpcs = service.l2Urls.map((url) => connect(url, '--l2-eth-rpc'))
  await verifyEngines(engineRpcs, config, deps.logger, signal)
  const clients = rollupRpcs.map((rpc, index) => ({
    ...createRollupClient({ rpc }),
    l2: createL2Client({ config, trustRpc: false }, { rpc: engineRpcs[index]! }),
  }))
  const ask = askActive({ checkIntervalMs: service.activeSequencerCheckMs }, { ...deps, clients })
  return {
    config,
    node: {
      syncStatus: (signal) => ask((client) => client.syncStatus(signal), signal),
      blockByNumber: (number, signal) =>
        ask(async ({ l2 }) => (await l2.payloadByNumber(number, signal))?.executionPayload, signal),
    },
    engines: engineRpcs.map((rpc) => createBlockBuilder({ rpc })),
  }
}

/** Checks engines. Of several, some may be down. @throws {ConfigError} as `verifyL2Endpoint`. */
async function verifyEngines(
  rpcs: readonly JsonRpcClient[],
  config: RollupConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const flags = { url: '--l2-eth-rpc', rollupConfig: '--rollup-rpc' }
  const checks = await Promise.allSettled(
    rpcs.map((rpc) => verifyL2Endpoint({ flags }, { rpc, config }, signal)),
  )
  const errors = checks.flatMap((check) => (check.status === 'rejected' ? [check.reason] : []))
  const isDown = (error: unknown) =>
    error instanceof ConfigError && error.code === 'ENDPOINT_UNREACHABLE'
  const fatal = errors.length === rpcs.length ? errors[0] : errors.find((error) => !isDown(error))
  if (fatal !== undefined) throw fatal
  for (const error of errors) logger.warn('Starting without one of the engines', { error })
}

/** @throws {ConfigError} `ENDPOINT_UNREACHABLE` when no rollup node answers. */
async function firstAnswer(answers: readonly Promise<RollupConfig>[]): Promise<RollupConfig> {
  try {
    return await Promise.any(answers)
  } catch (error) {
    const [first] = error instanceof AggregateError ? error.errors : [error]
    if (!(first instanceof ChainError)) throw first
    throw new ConfigError(exitCodes.unreachable, 'ENDPOINT_UNREACHABLE', first.shortMessage, {
      cause: first,
      metaMessages: ['Check --rollup-rpc: a rollup node must answer there.'],
    })
  }
}
