import type { Command } from 'commander'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Logger } from '../../runtime/logger.ts'
import { type AnyFlagTable, type Environment, readFlags } from './flag.ts'
import { parseBoolean, parseText } from './parsers.ts'
import { type Service, serviceEnv } from './serviceEnv.ts'

/**
 * Flags of op-batcher and op-proposer that takt has no use for. They are taken, so that start scripts and variables of
 * those programs work as they are.
 */
export function idleFlags(service: Service) {
  const hidden = (name: string, parse: (text: string, source: string) => unknown) => ({
    names: [name] as const,
    env: serviceEnv(service, name.replaceAll(/[.-]/g, '_').toUpperCase()),
    ...(parse === parseBoolean ? {} : { value: 'value' }),
    parse,
    help: 'taken for compatibility',
    isHidden: true,
  })
  const pprof = {
    pprofEnabled: hidden('pprof.enabled', parseBoolean),
    pprofAddr: hidden('pprof.addr', parseText),
    pprofPort: hidden('pprof.port', parseText),
    pprofPath: hidden('pprof.path', parseText),
    pprofType: hidden('pprof.type', parseText),
  }
  const own = {
    batcher: {
      altDaEnabled: hidden('altda.enabled', parseBoolean),
      altDaServer: hidden('altda.da-server', parseText),
      altDaVerifyOnRead: hidden('altda.verify-on-read', parseBoolean),
      altDaService: hidden('altda.da-service', parseBoolean),
      altDaPutTimeout: hidden('altda.put-timeout', parseText),
      altDaGetTimeout: hidden('altda.get-timeout', parseText),
      altDaMaxRequests: hidden('altda.max-concurrent-da-requests', parseText),
    },
    proposer: {
      supervisorUrls: hidden('supervisor-rpcs', parseText),
      supernodeUrls: hidden('supernode-rpcs', parseText),
    },
  }
  return { ...pprof, ...own[service] } satisfies AnyFlagTable
}

/**
 * Says what comes of such flags.
 *
 * @throws {ConfigError} `FLAG_UNSUPPORTED` for those whose absence would change what is posted.
 */
export function heedIdleFlags(
  command: Command,
  env: Environment,
  service: Service,
  deps: { readonly logger: Logger },
): void {
  const flags: Readonly<Record<string, unknown>> = readFlags(command, idleFlags(service), env)
  if (flags['altDaEnabled'] === true) {
    throw unsupported('altda.enabled', 'takt posts batches to Ethereum, not to other storage', [
      'Leave the flag away where the chain keeps its batches on Ethereum.',
    ])
  }
  for (const [field, flag] of superRootSources) {
    if (flags[field] === undefined) continue
    throw unsupported(flag, 'takt proposes the output roots of one chain alone', [
      'Give --rollup-rpc instead.',
    ])
  }
  if (flags['pprofEnabled'] === true || flags['pprofType'] !== undefined) {
    deps.logger.warn('There is no pprof in takt: the pprof flags have no effect', {
      try: 'NODE_OPTIONS=--cpu-prof',
    })
  }
}

const superRootSources = [
  ['supervisorUrls', 'supervisor-rpcs'],
  ['supernodeUrls', 'supernode-rpcs'],
] as const

function unsupported(flag: string, why: string, metaMessages: readonly string[]): ConfigError {
  const message = `--${flag} is not supported: ${why}`
  return new ConfigError(exitCodes.usage, 'FLAG_UNSUPPORTED', message, {
    context: { flag },
    metaMessages,
  })
}
