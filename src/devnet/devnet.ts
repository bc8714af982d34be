import type { RollupConfig } from '../chain/rollupConfig.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../jsonrpc/server.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { DevnetAccounts } from './accounts.ts'
import {
  createL1Chain,
  createL1Clients,
  createL2Chain,
  createL2Clients,
  type L1Chain,
  type L1Clients,
  type L2Chain,
  type L2Clients,
} from './clients.ts'
import { type CheckedControl, checkedControl } from './control/checkedControl.ts'
import type { DevnetControl } from './control/control.ts'
import { controlApi } from './control/controlApi.ts'
import { createControl } from './control/createControl.ts'
import { describeDevnet } from './descriptor.ts'
import { assertUpgradeBundles } from './genesis/assertUpgradeBundles.ts'
import { type DevnetDescriptor, type DevnetOptions, fieldName } from './options.ts'
import { Parts } from './parts.ts'
import { assertPortsFree } from './ports.ts'
import { resolveDevnetOptions } from './resolveDevnetOptions.ts'
import { type DevnetDeps, type DevnetParts, startParts } from './startParts.ts'

/** A running chain: L1, rollup node in sequencer mode, execution engine; batcher, proposer and a second node, if wanted. */
export interface Devnet extends DevnetControl, AsyncDisposable {
  /** Where everything is, as plain JSON. */
  readonly descriptor: DevnetDescriptor
  readonly rollupConfig: RollupConfig
  /** viem's picture of the chain, and clients that send as the first of the accounts. */
  readonly l1: DevnetDescriptor['l1'] &
    L1Clients & { readonly chain: L1Chain; readonly anvilPid: number }
  /** The same, ready for viem's `op-stack` actions. */
  readonly l2: DevnetDescriptor['l2'] & L2Clients & { readonly chain: L2Chain }
  readonly node: DevnetDescriptor['node']
  readonly verifier: DevnetDescriptor['verifier']
  readonly accounts: DevnetAccounts['users']
  /** Resolves with the reason when a part of the chain has ended that it cannot go on without. */
  readonly failed: Promise<unknown>
  /** Ends all parts within five seconds, and leaves no process, thread or handle behind. */
  close(): Promise<void>
}

// Of five seconds: what nodes get before engines and L1, which take two more, are ended under them.
const patienceMs = 2_500

/**
 * Starts a devnet, and resolves once it has made its first L2 block.
 *
 * @throws {ConfigError} on a wrong option, a taken port, a state folder of another devnet, a missing prerequisite.
 */
export async function createDevnet(
  given: Partial<DevnetOptions> = {},
  deps: DevnetDeps = {},
): Promise<Devnet> {
  const { nameOf = fieldName } = deps
  const options = resolveDevnetOptions(given, nameOf)
  await assertUpgradeBundles(options, nameOf)
  await assertPortsFree(options, nameOf)
  const parts = new Parts({ patienceMs })
  try {
    const running = await startParts(options, parts, deps)
    const { rollupConfig: config } = running.chain
    const control = checkedControl(createControl({ ...running, config }))
    const server = parts.add(await serveControl(options, control, deps))
    return putTogether(options, running, control, server, () => parts.close())
  } catch (error) {
    await parts.close().catch((cause) => {
      deps.logger?.warn('Could not end all parts of the devnet', { error: cause })
    })
    throw error
  }
}

function serveControl(
  { host, controlPort }: DevnetOptions,
  control: CheckedControl,
  { logger = silentLogger, nameOf = fieldName }: DevnetDeps,
): Promise<JsonRpcServer> {
  return createJsonRpcServer(
    { host, port: controlPort, portFlag: nameOf('controlPort'), methods: controlApi(control) },
    { logger },
  )
}

function putTogether(
  options: DevnetOptions,
  parts: DevnetParts,
  control: CheckedControl,
  server: JsonRpcServer,
  close: () => Promise<void>,
): Devnet {
  const { artifacts, chain, l1, accounts, failed } = parts
  const descriptor = describeDevnet(options, { ...parts, control: server })
  const l1Chain = createL1Chain(descriptor, artifacts)
  const l2Chain = createL2Chain(descriptor, artifacts)
  const sender = accounts.users[0]!
  return {
    ...control,
    descriptor,
    rollupConfig: chain.rollupConfig,
    l1: {
      ...descriptor.l1,
      anvilPid: l1.pid,
      chain: l1Chain,
      ...createL1Clients(l1Chain, sender),
    },
    l2: { ...descriptor.l2, chain: l2Chain, ...createL2Clients(l2Chain, sender) },
    node: descriptor.node,
    verifier: descriptor.verifier,
    accounts: accounts.users,
    failed,
    close,
    [Symbol.asyncDispose]: close,
  }
}
