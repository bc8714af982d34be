import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '../../base/hex.ts'
import { parseRollupConfig } from '../../chain/rollupConfigJson.ts'
import { startEmbeddedEngine } from '../../execution/worker/client.ts'
import { createJsonRpcClient } from '../../jsonrpc/client.ts'
import { readJwtSecretFile } from '../../jsonrpc/jwtSecret.ts'
import type { MetricsOptions } from '../../metrics/options.ts'
import type { ServiceMetrics } from '../../metrics/serviceMetrics.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { readConfigFile } from '../configFile.ts'
import { defaultEngineFlags, type EngineFlagValues, engineFlags } from '../flags/engineFlags.ts'
import { required } from '../flags/flag.ts'
import { openMetrics } from '../openMetrics.ts'

// Whoever reads metrics does not wait for long.
const engineAnswerMs = 2_000

/** Runs the engine until it is told to stop. @throws when its thread dies, or cannot start. */
export async function runEngine(
  flags: Partial<EngineFlagValues>,
  metricsOptions: MetricsOptions,
  deps: { readonly logger: Logger; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  await using cleanups = new Cleanups()
  const metrics = await openMetrics(
    { options: metricsOptions, namespace: 'takt_engine' },
    deps,
    cleanups,
  )
  const genesisPath = required(flags.genesisPath, engineFlags.genesisPath)
  const settings = { ...defaultEngineFlags, ...flags }
  await using engine = await startEmbeddedEngine(
    {
      genesis: await readConfigFile(genesisPath, 'genesis', (text): unknown => JSON.parse(text)),
      rollup:
        settings.rollupConfigPath === undefined
          ? undefined
          : await readConfigFile(settings.rollupConfigPath, 'rollup config', parseRollupConfig),
      dataDir: settings.dataDir,
      jwtSecret: await jwtSecretOf(settings),
      engineApi: { host: settings.engineHost, port: settings.enginePort },
      rpc: { host: settings.rpcHost, port: settings.rpcPort },
      publicMinerApi: settings.publicMinerApi,
    },
    deps,
  )
  const { rpcUrl, engineUrl, genesisHash } = engine
  if (metrics !== undefined) await measure(rpcUrl, metrics, deps, cleanups)
  deps.logger.info('Engine is ready', { rpcUrl, engineUrl, genesisHash })
  await new Promise<void>((resolve, reject) => {
    engine.onExit(reject)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
}

async function measure(
  url: string,
  metrics: ServiceMetrics,
  deps: { readonly clock: Clock },
  cleanups: Cleanups,
): Promise<void> {
  const { watchEngine } = await import('../../metrics/engineMetrics.ts')
  const options = { urls: [url], timeoutMs: engineAnswerMs, retry: { maxAttempts: 1 } }
  const rpc = createJsonRpcClient(options, { ...deps, random: Math.random })
  cleanups.add(() => rpc.close())
  watchEngine(metrics, { rpc })
  metrics.noteUp()
}

/** The given secret; or that of the data folder, which is made on the first start, as op-geth does. */
async function jwtSecretOf(flags: Partial<EngineFlagValues>): Promise<Uint8Array> {
  const { jwtSecretPath, dataDir } = flags
  if (jwtSecretPath !== undefined || dataDir === undefined) {
    return await readJwtSecretFile(required(jwtSecretPath, engineFlags.jwtSecretPath))
  }
  const path = join(dataDir, 'jwtsecret')
  await mkdir(dataDir, { recursive: true })
  const fresh = bytesToHex(randomBytes(32)).slice(2)
  await writeFile(path, `${fresh}\n`, { flag: 'wx', mode: 0o600 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
  return await readJwtSecretFile(path)
}
