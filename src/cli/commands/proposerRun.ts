import type { Command } from 'commander'
import { createJsonRpcClient } from '../../jsonrpc/client.ts'
import type { ServiceMetrics } from '../../metrics/serviceMetrics.ts'
import { type ProposerOptions, proposerOptions } from '../../proposer/options.ts'
import { createProposer } from '../../proposer/proposer.ts'
import { proposerApi } from '../../rpc/proposerApi.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import { orAbort } from '../../runtime/orAbort.ts'
import { createActiveRollup } from '../../sources/activeRollup.ts'
import { createL1Reader } from '../../sources/l1Reader.ts'
import { createRollupClient, type RollupClient } from '../../sources/rollupClient.ts'
import { type Environment, readFlags } from '../flags/flag.ts'
import { proposerFlags } from '../flags/proposerFlags.ts'
import { readServiceValues, type ServiceValues } from '../flags/serviceFlags.ts'
import { type L1AccountSettings, openL1Account, readL1Account } from '../l1Account.ts'
import type { ServiceDeps } from './serviceCommand.ts'
import { serveService } from './serviceServer.ts'

/** All that `takt proposer` was told. */
export interface ProposerSettings {
  readonly service: ServiceValues
  readonly proposer: ProposerOptions
  readonly account: L1AccountSettings
}

/** Runs a proposer until it is told to stop. @throws what it could not start or go on for. */
export async function runProposer(
  settings: ProposerSettings,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<void> {
  const { service } = settings
  await using cleanups = new Cleanups()
  const metrics = deps.metrics && (await measure(deps.metrics))
  const accountDeps = { ...deps, metrics: metrics?.transactions }
  const account = await openL1Account(settings.account, service.l1Urls, accountDeps, signal)
  cleanups.add(() => account.close())
  const outputs = connectRollup(service, deps, cleanups)
  const { transactions, rpc } = account
  const l1 = createL1Reader({ rpc })
  const proposer = createProposer(settings.proposer, {
    ...{ ...deps, outputs, l1, transactions },
    onProposed: metrics?.proposals.onProposed,
    onFailed: metrics?.proposals.onFailed,
  })
  cleanups.add(() => proposer.close())
  await proposer.start(signal)

  const server = await serveService(
    service,
    { name: 'Proposer', adminMethods: proposerApi(proposer), problems: () => proposer.problems },
    { ...deps, transactions },
  )
  cleanups.add(() => server.close())
  deps.metrics?.noteUp()
  await orAbort(proposer.ended, signal)
}

/** @throws {ConfigError} naming the flag that is missing or wrong. */
export function readProposerSettings(command: Command, env: Environment): ProposerSettings {
  return {
    service: readServiceValues(command, env, 'proposer'),
    proposer: proposerOptions(readFlags(command, proposerFlags, env)),
    account: readL1Account(command, env, 'proposer'),
  }
}

async function measure(metrics: ServiceMetrics) {
  const [{ createTxMetrics }, { createProposerMetrics }] = await Promise.all([
    import('../../metrics/txMetrics.ts'),
    import('../../metrics/proposerMetrics.ts'),
  ])
  return { transactions: createTxMetrics(metrics), proposals: createProposerMetrics(metrics) }
}

function connectRollup(
  { rollupUrls, activeSequencerCheckMs }: ServiceValues,
  deps: ServiceDeps,
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
