import { forks, scheduledForks } from '../../chain/forks.ts'
import {
  type DevnetOptions,
  defaultDevnetOptions,
  type OptionName,
  proposalKinds,
  type UpgradeTimes,
  wellKnownDevnetPorts,
} from '../../devnet/options.ts'
import { type FlagParser, type FlagTable, invalidFlag } from './flag.ts'
import {
  parseAddress,
  parseBoolean,
  parseChoice,
  parseInteger,
  parseList,
  parsePort,
  parseText,
} from './parsers.ts'

// Blocks of Bedrock are not made any more.
const genesisForks = forks.slice(1)

const parseUpgrade: FlagParser<readonly [string, number]> = (text, source) => {
  const [, fork, seconds] = /^(\w+)=(\d+)$/.exec(text) ?? []
  if (fork === undefined) throw invalidFlag(source, text, 'a fork and seconds such as jovian=60')
  return [parseChoice(scheduledForks)(fork, source), Number(seconds)]
}

const parseUpgrades: FlagParser<UpgradeTimes> = Object.assign(
  (text: string, source: string) => Object.fromEntries(parseList(parseUpgrade)(text, source)),
  { joinsRepeats: true },
)

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
    parse: parseChoice(genesisForks),
    help: `newest fork of the L2, active from genesis on: ${genesisForks.join(', ')}`,
    shownDefault: defaultDevnetOptions.fork,
  },
  upgrades: {
    names: ['upgrade'],
    env: ['TAKT_DEVNET_UPGRADE'],
    value: 'fork=seconds,…',
    parse: parseUpgrades,
    help: 'forks after that one, each with the seconds after genesis at which it activates',
  },
  upgradeBundlesDir: {
    names: ['upgrade-bundles'],
    env: ['TAKT_DEVNET_UPGRADE_BUNDLES'],
    value: 'folder',
    parse: parseText,
    help: 'folder with <fork>_nut_bundle.json files, for upgrades that bring transactions of their own',
  },
  seqWindowSize: {
    names: ['seq-window-size'],
    env: ['TAKT_DEVNET_SEQ_WINDOW_SIZE'],
    value: 'blocks',
    parse: parseInteger(1),
    help: 'L1 blocks within which the batch of a block must be on L1',
    shownDefault: defaultDevnetOptions.seqWindowSize,
  },
  channelTimeout: {
    names: ['channel-timeout'],
    env: ['TAKT_DEVNET_CHANNEL_TIMEOUT'],
    value: 'blocks',
    parse: parseInteger(1),
    help: 'L1 blocks in which a channel must be complete, before Granite',
    shownDefault: defaultDevnetOptions.channelTimeout,
  },
  maxSequencerDrift: {
    names: ['max-sequencer-drift'],
    env: ['TAKT_DEVNET_MAX_SEQUENCER_DRIFT'],
    value: 'seconds',
    parse: parseInteger(1),
    help: 'seconds that L2 may be ahead of its L1 origin, before Fjord',
    shownDefault: defaultDevnetOptions.maxSequencerDrift,
  },
  gasLimit: {
    names: ['gas-limit'],
    env: ['TAKT_DEVNET_GAS_LIMIT'],
    value: 'gas',
    parse: parseInteger(1),
    help: 'gas limit of L2 blocks',
    shownDefault: defaultDevnetOptions.gasLimit,
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
  proposer: {
    names: ['no-proposer'],
    env: ['TAKT_DEVNET_NO_PROPOSER'],
    parse: (text: string, source: string) => !parseBoolean(text, source),
    help: 'propose no output roots on L1, which withdrawals are proven against',
  },
  verifier: {
    names: ['verifier'],
    env: ['TAKT_DEVNET_VERIFIER'],
    parse: parseBoolean,
    help: 'run a second node, with an engine of its own, that derives the chain from L1',
  },
  paused: {
    names: ['paused'],
    env: ['TAKT_DEVNET_PAUSED'],
    parse: parseBoolean,
    help: 'let time stand still: blocks are made when devnet_mine or takt_warp asks for them',
  },
  seed: {
    names: ['seed'],
    env: ['TAKT_DEVNET_SEED'],
    value: 'number',
    parse: parseInteger(0),
    help: 'the same seed gives the same blocks on both chains',
  },
  genesisTime: {
    names: ['genesis-time'],
    env: ['TAKT_DEVNET_GENESIS_TIME'],
    value: 'timestamp',
    parse: parseInteger(1),
    help: 'when the chain begins, in seconds since 1970; now, or as the seed has it',
  },
  accounts: {
    names: ['accounts'],
    env: ['TAKT_DEVNET_ACCOUNTS'],
    value: 'count',
    parse: parseInteger(1),
    help: 'funded accounts on L1 and L2',
    shownDefault: defaultDevnetOptions.accounts,
  },
  fund: {
    names: ['fund'],
    env: ['TAKT_DEVNET_FUND'],
    value: 'addresses',
    parse: parseList(parseAddress),
    help: 'accounts of your own to fund on L1 and L2 too, separated by commas',
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
  controlPort: {
    names: ['control-port'],
    env: ['TAKT_DEVNET_CONTROL_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'the methods that steer the devnet: takt_warp and devnet_…',
    shownDefault: wellKnownDevnetPorts.controlPort,
  },
  verifierL2Port: {
    names: ['verifier-l2-port'],
    env: ['TAKT_DEVNET_VERIFIER_L2_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'L2 JSON-RPC and WebSocket of the second node',
    shownDefault: wellKnownDevnetPorts.verifierL2Port,
  },
  verifierNodePort: {
    names: ['verifier-node-port'],
    env: ['TAKT_DEVNET_VERIFIER_NODE_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'RPC of the second node',
    shownDefault: wellKnownDevnetPorts.verifierNodePort,
  },
  verifierEnginePort: {
    names: ['verifier-engine-port'],
    env: ['TAKT_DEVNET_VERIFIER_ENGINE_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'Engine API of the second node',
    shownDefault: wellKnownDevnetPorts.verifierEnginePort,
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
} as const satisfies Required<FlagTable<DevnetOptions>>

/** The flag of an option, as errors name it. */
export const flagOf: OptionName = (option) => `--${devnetFlags[option].names[0]}`

/** How `takt devnet` reports. */
export const devnetOutputFlags = {
  json: {
    names: ['json'],
    env: ['TAKT_DEVNET_JSON'],
    parse: parseBoolean,
    help: 'print one line of JSON on stdout once the chain is up: endpoints, contracts, accounts, files',
  },
} as const satisfies FlagTable<{ json: boolean }>
