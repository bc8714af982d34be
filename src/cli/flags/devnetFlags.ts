import { forks } from '../../chain/forks.ts'
import {
  type DevnetOptions,
  defaultDevnetOptions,
  proposalKinds,
  wellKnownDevnetPorts,
} from '../../devnet/options.ts'
import type { FlagTable } from './flag.ts'
import { parseBoolean, parseChoice, parseInteger, parsePort, parseText } from './parsers.ts'

/** What `takt devnet` takes: the options of a devnet. */
export const devnetFlags = {
  blockTime: {
    names: ['block-time'],
    env: ['TAKT_DEVNET_BLOCK_TIME'],
    value: 'seconds',
    parse: parseInteger(1),
    help: 'seconds between L2 blocks',
    shownDefault: defaultDevnetOptions.blockTime,
  },
  l1BlockTime: {
    names: ['l1-block-time'],
    env: ['TAKT_DEVNET_L1_BLOCK_TIME'],
    value: 'seconds',
    parse: parseInteger(1),
    help: 'seconds between L1 blocks',
    shownDefault: defaultDevnetOptions.l1BlockTime,
  },
  fork: {
    names: ['fork'],
    env: ['TAKT_DEVNET_FORK'],
    value: 'name',
    parse: parseChoice(forks),
    help: `newest fork of the L2, active from genesis on: ${forks.slice(1).join(', ')}`,
    shownDefault: defaultDevnetOptions.fork,
  },
  proposals: {
    names: ['proposals'],
    env: ['TAKT_DEVNET_PROPOSALS'],
    value: 'kind',
    parse: parseChoice(proposalKinds),
    help: `what withdrawals are proven against on L1: ${proposalKinds.join(', ')}`,
    shownDefault: defaultDevnetOptions.proposals,
  },
  stateDir: {
    names: ['state-dir'],
    env: ['TAKT_DEVNET_STATE_DIR'],
    value: 'folder',
    parse: parseText,
    help: 'keep both chains in this folder and resume from it; without it they are gone at the end',
  },
  batcher: {
    names: ['no-batcher'],
    env: ['TAKT_DEVNET_NO_BATCHER'],
    parse: (text: string, source: string) => !parseBoolean(text, source),
    help: 'post no batches to L1: run a batcher of your own, or see what becomes of a chain without',
  },
  accounts: {
    names: ['accounts'],
    env: ['TAKT_DEVNET_ACCOUNTS'],
    value: 'count',
    parse: parseInteger(1),
    help: 'funded accounts on L1 and L2',
    shownDefault: defaultDevnetOptions.accounts,
  },
  host: {
    names: ['host'],
    env: ['TAKT_DEVNET_HOST'],
    value: 'address',
    parse: parseText,
    help: 'address that all servers listen on',
    shownDefault: defaultDevnetOptions.host,
  },
  l1Port: {
    names: ['l1-port'],
    env: ['TAKT_DEVNET_L1_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'L1 JSON-RPC, WebSocket and Beacon API; any port flag: 0 takes a free port',
    shownDefault: wellKnownDevnetPorts.l1Port,
  },
  l2Port: {
    names: ['l2-port'],
    env: ['TAKT_DEVNET_L2_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'L2 JSON-RPC and WebSocket',
    shownDefault: wellKnownDevnetPorts.l2Port,
  },
  nodePort: {
    names: ['node-port'],
    env: ['TAKT_DEVNET_NODE_PORT'],
    value: 'port',
    parse: parsePort,
    help: "the rollup node's RPC (optimism_syncStatus and so on)",
    shownDefault: wellKnownDevnetPorts.nodePort,
  },
  enginePort: {
    names: ['engine-port'],
    env: ['TAKT_DEVNET_ENGINE_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'the Engine API',
    shownDefault: wellKnownDevnetPorts.enginePort,
  },
  l1ChainId: {
    names: ['l1-chain-id'],
    env: ['TAKT_DEVNET_L1_CHAIN_ID'],
    value: 'id',
    parse: parseInteger(1),
    help: 'chain id of the L1',
    shownDefault: defaultDevnetOptions.l1ChainId,
  },
  l2ChainId: {
    names: ['l2-chain-id'],
    env: ['TAKT_DEVNET_L2_CHAIN_ID'],
    value: 'id',
    parse: parseInteger(1),
    help: 'chain id of the L2',
    shownDefault: defaultDevnetOptions.l2ChainId,
  },
} as const satisfies FlagTable<DevnetOptions>

/** How `takt devnet` reports. */
export const devnetOutputFlags = {
  json: {
    names: ['json'],
    env: ['TAKT_DEVNET_JSON'],
    parse: parseBoolean,
    help: 'print one line of JSON on stdout once the chain is up: endpoints, contracts, accounts, files',
  },
} as const satisfies FlagTable<{ json: boolean }>
