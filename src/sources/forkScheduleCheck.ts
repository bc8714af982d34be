import { ConfigError, DecodeError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { JsonFields, uint64FromJson } from '../base/jsonFields.ts'
import { maxBigInt } from '../base/minMaxBigInt.ts'
import { type ForkTimes, scheduledForks } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'
import type { Logger } from '../runtime/logger.ts'
import type { EndpointFlags } from './endpointChecks.ts'

/** Forks that change what an engine does. Delta is about batches alone. */
const executionForks = scheduledForks.filter((fork) => fork !== 'delta')

/** A fork whose time is one for the engine and another for us; `undefined` is never. */
interface Difference {
  readonly fork: string
  readonly engine: bigint | undefined
  readonly rollupConfig: bigint | undefined
}

/**
 * Compares the fork times of an engine with those of the rollup config, where the engine tells them: by
 * `debug_chainConfig` or `admin_nodeInfo`, as geth does, or by `eth_config` (EIP-7910). Otherwise the first block that
 * one of the two refuses would be the first sign.
 *
 * A difference that is still to come is logged: there is time for an upgrade of the engine.
 *
 * @param options.timestamp - Now.
 * @throws {ConfigError} `FORK_SCHEDULE` (exit code 5) when it has begun to matter.
 */
export async function verifyForkSchedule(
  options: {
    readonly flags: Pick<EndpointFlags, 'url' | 'rollupConfig'>
    readonly timestamp: bigint
  },
  deps: { readonly rpc: JsonRpcClient; readonly config: RollupConfig; readonly logger: Logger },
  signal?: AbortSignal,
): Promise<void> {
  const { rpc, config, logger } = deps
  const now = options.timestamp
  const differences = await findDifferences(rpc, config, now, signal)
  const isPast = (time: bigint | undefined) => time !== undefined && time <= now
  const past = differences.filter(({ engine, rollupConfig }) => {
    return isPast(engine) || isPast(rollupConfig)
  })
  if (past.length > 0) throw otherForks(past, rpc, options.flags)
  for (const difference of differences) {
    logger.warn('Engine and rollup config have different times for a fork', { ...difference })
  }
}

async function findDifferences(
  rpc: JsonRpcClient,
  config: RollupConfig,
  now: bigint,
  signal: AbortSignal | undefined,
): Promise<readonly Difference[]> {
  const ask = <T>(method: string, parse: (json: unknown) => T) =>
    askIfServed(rpc, method, parse, signal)
  const named =
    (await ask('debug_chainConfig', chainConfigFromJson)) ??
    (await ask('admin_nodeInfo', nodeInfoFromJson))
  if (named !== undefined) return compareNamed(config, named)
  const unnamed = await ask('eth_config', activationsFromJson)
  return unnamed === undefined ? [] : compareUnnamed(config, unnamed, now)
}

/** `undefined` when the engine does not serve the method, or means something else by it. */
async function askIfServed<T>(
  rpc: JsonRpcClient,
  method: string,
  parse: (json: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return parse(await rpc.request(method, [], { signal }))
  } catch (error) {
    signal?.throwIfAborted()
    const isNoAnswer = [RpcError, RpcTransportError, DecodeError].some(
      (kind) => error instanceof kind,
    )
    if (isNoAnswer) return undefined
    throw error
  }
}

function chainConfigFromJson(json: unknown): ForkTimes {
  const fields = new JsonFields(json, 'chain config', 'CHAIN_CONFIG')
  // Says that the others are those of an OP Stack chain.
  fields.read('optimism', (value) => value)
  return Object.fromEntries(
    executionForks.flatMap((fork) => {
      const time = fields.readOptional(`${fork}Time`, timeFromJson)
      return time === undefined ? [] : [[fork, time]]
    }),
  )
}

function nodeInfoFromJson(json: unknown): ForkTimes {
  const fields = (value: unknown) => new JsonFields(value, 'node info', 'NODE_INFO')
  return fields(json).read('protocols', (protocols) =>
    fields(protocols).read('eth', (eth) => fields(eth).read('config', chainConfigFromJson)),
  )
}

/** When the rules of now began, and when the next ones will. */
interface Activations {
  readonly current: bigint
  readonly next: bigint | undefined
}

function activationsFromJson(json: unknown): Activations {
  const fields = new JsonFields(json, 'eth_config', 'ETH_CONFIG')
  const time = (rules: unknown) =>
    new JsonFields(rules, 'eth_config', 'ETH_CONFIG').read('activationTime', timeFromJson)
  return { current: fields.read('current', time), next: fields.readOptional('next', time) }
}

function timeFromJson(json: unknown): bigint {
  return typeof json === 'number' && Number.isSafeInteger(json) && json >= 0
    ? BigInt(json)
    : uint64FromJson(json)
}

function compareNamed(config: RollupConfig, engineTimes: ForkTimes): readonly Difference[] {
  return executionForks.flatMap((fork) => {
    const engine = sinceGenesis(config, engineTimes[fork])
    const rollupConfig = sinceGenesis(config, config.forkTimes[fork])
    return engine === rollupConfig ? [] : [{ fork, engine, rollupConfig }]
  })
}

function compareUnnamed(
  config: RollupConfig,
  theirs: Activations,
  now: bigint,
): readonly Difference[] {
  const times = executionForks.flatMap((fork) => sinceGenesis(config, config.forkTimes[fork]) ?? [])
  const { l2Time } = config.genesis
  const current = times.filter((time) => time <= now).reduce(maxBigInt, l2Time)
  const next = times.filter((time) => time > now).sort((a, b) => (a < b ? -1 : 1))[0]
  const pairs = [
    [sinceGenesis(config, theirs.current), current],
    [theirs.next, next],
  ]
  return pairs.flatMap(([engine, rollupConfig]) => {
    const fork = executionForks.findLast(
      (name) => sinceGenesis(config, config.forkTimes[name]) === rollupConfig,
    )
    return engine === rollupConfig ? [] : [{ fork: fork ?? 'unknown', engine, rollupConfig }]
  })
}

/** What was active at genesis is active from there on, whatever time before it is named. */
function sinceGenesis(config: RollupConfig, time: bigint | undefined): bigint | undefined {
  const { l2Time } = config.genesis
  return time !== undefined && time < l2Time ? l2Time : time
}

function otherForks(
  differences: readonly Difference[],
  rpc: JsonRpcClient,
  flags: Pick<EndpointFlags, 'url' | 'rollupConfig'>,
): ConfigError {
  const words = differences.map(({ fork, engine, rollupConfig }) => {
    return `${fork} at ${engine ?? 'never'}, ${flags.rollupConfig} at ${rollupConfig ?? 'never'}`
  })
  return new ConfigError(
    exitCodes.wrongChain,
    'FORK_SCHEDULE',
    `L2 at ${rpc.endpoints.join(', ')} (${flags.url}) has the fork ${words[0]}`,
    {
      context: { differences },
      alsoWrong: words.slice(1),
      metaMessages: [
        `Start the engine with the genesis, or the fork overrides, that belong to ${flags.rollupConfig}.`,
      ],
    },
  )
}
