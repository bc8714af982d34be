import type { Command } from 'commander'
import { createJsonRpcClient } from '../../jsonrpc/client.ts'
import { createJsonRpcServer } from '../../jsonrpc/server.ts'
import { type ProposerOptions, proposerOptions } from '../../proposer/options.ts'
import { createProposer } from '../../proposer/proposer.ts'
import { healthResponse } from '../../rpc/health.ts'
import { proposerApi } from '../../rpc/proposerApi.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { orAbort } from '../../runtime/orAbort.ts'
import { readPackageVersion } from '../../runtime/packageVersion.ts'
import { createActiveRollup } from '../../sources/activeRollup.ts'
import { createL1Reader } from '../../sources/l1Reader.ts'
import { createRollupClient, type RollupClient } from '../../sources/rollupClient.ts'
import { type Environment, readFlags, required } from '../flags/flag.ts'
import {
  defaultProposerService,
  type ProposerServiceValues,
  proposerFlags,
  proposerServiceFlags,
} from '../flags/proposerFlags.ts'
import { type L1AccountSettings, openL1Account, readL1Account } from '../l1Account.ts'

/** All that `takt proposer` was told. */
export interface ProposerSettings {
  readonly service: ProposerServiceValues
  readonly proposer: ProposerOptions
  readonly account: L1AccountSettings
}

/** Runs a proposer until it is told to stop. @throws what it could not start or go on for. */
export async function runProposer(
  settings: ProposerSettings,
  deps: { readonly logger: Logger; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const { service } = settings
  await using cleanups = new Cleanups()
  const account = await openL1Account(settings.account, service.l1Urls, deps, signal)
  cleanups.add(() => account.close())
  const outputs = connectRollup(service, deps, cleanups)
  const { transactions, rpc } = account
  const l1 = createL1Reader({ rpc })
  const proposer = createProposer(settings.proposer, { ...deps, outputs, l1, transactions })
  cleanups.add(() => proposer.close())
  await proposer.start(signal)

  const version = readPackageVersion()
  const server = await createJsonRpcServer(
    {
      host: service.rpcHost,
      port: service.rpcPort,
      portFlag: '--rpc.port',
      methods: service.enableAdmin ? proposerApi(proposer) : {},
      routes: { 'GET /healthz': () => healthResponse(version, []) },
    },
    deps,
  )
  cleanups.add(() => server.close())
  const { address } = transactions
  deps.logger.info('Proposer is ready', { address, rpcUrl: server.url, version })
  await orAbort(proposer.ended, signal)
}

/** @throws {ConfigError} naming the flag that is missing or wrong. */
export function readProposerSettings(command: Command, env: Environment): ProposerSettings {
  const service = readFlags(command, proposerServiceFlags, env)
  return {
    service: {
      ...defaultProposerService,
      ...service,
      l1Urls: required(service.l1Urls, proposerServiceFlags.l1Urls),
      rollupUrls: required(service.rollupUrls, proposerServiceFlags.rollupUrls),
    },
    proposer: proposerOptions(readFlags(command, proposerFlags, env)),
    account: readL1Account(command, env, 'proposer'),
  }
}

function connectRollup(
  { rollupUrls, activeSequencerCheckMs }: ProposerServiceValues,
  deps: { readonly logger: Logger; readonly clock: Clock },
  cleanups: Cleanups,
): RollupClient {
  const clients = rollupUrls.map((url) => {
    const rpc = createJsonRpcClient(
      { urls: [url], urlFlag: '--rollup-rpc' },
      { ...deps, random: Math.random },
    )
    cleanups.add(() => rpc.close())
    return createRollupClient({ rpc })
  })
  if (clients.length === 1) return clients[0]!
  return createActiveRollup({ checkIntervalMs: activeSequencerCheckMs }, { ...deps, clients })
}
