import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { bytesToHex } from '../../base/hex.ts'
import { parseRollupConfig } from '../../chain/rollupConfigJson.ts'
import { readJwtSecretFile } from '../../jsonrpc/jwtSecret.ts'
import type { Logger } from '../../runtime/logger.ts'
import { readConfigFile } from '../configFile.ts'
import { createLog } from '../createLog.ts'
import { defaultEngineFlags, type EngineFlagValues, engineFlags } from '../flags/engineFlags.ts'
import { addFlags, readFlags, required } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import type { CliHost } from '../host.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt engine`: the embedded execution engine on its own, for any rollup node. */
export function engineCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('engine')
    .description('run the embedded execution engine on its own, for takt node or any other node')
    .addHelpText('after', engineHelp)
  addFlags(command, 'Engine:', engineFlags)
  addLogFlags(command)
  return command.action(async () => {
    const flags = readFlags(command, engineFlags, host.env)
    const logger = createLog(readLogFlags(command, host.env), host)
    setExitCode(await runUntilStopped((signal) => runEngine(flags, { logger }, signal), host))
  })
}

const engineHelp = `
Examples:
  $ takt engine --genesis genesis.json --datadir ./l2
  $ takt engine --genesis genesis.json --authrpc.jwtsecret jwt.hex --http.port 0`

async function runEngine(
  flags: Partial<EngineFlagValues>,
  deps: { readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const genesisPath = required(flags.genesisPath, engineFlags.genesisPath)
  const settings = { ...defaultEngineFlags, ...flags }
  const { startEmbeddedEngine } = await import('../../execution/worker/client.ts')
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
    },
    deps,
  )
  const { rpcUrl, engineUrl, genesisHash } = engine
  deps.logger.info('Engine is ready', { rpcUrl, engineUrl, genesisHash })
  await new Promise<void>((resolve, reject) => {
    engine.onExit(reject)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
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
