import { defaultProposerOptions, type ProposerOptions } from '../../proposer/options.ts'
import type { FlagTable } from './flag.ts'
import { parseAddress, parseBoolean, parseDurationMs, parseInteger } from './parsers.ts'
import { serviceEnv } from './serviceEnv.ts'

/** What is proposed, where and when. Names are those of op-proposer. */
export const proposerFlags = {
  gameFactoryAddress: {
    names: ['game-factory-address'],
    env: env('GAME_FACTORY_ADDRESS'),
    value: 'address',
    parse: parseAddress,
    help: 'the DisputeGameFactory to create games with',
  },
  gameType: {
    names: ['game-type', 'dg-type'],
    env: env('GAME_TYPE'),
    value: 'type',
    parse: parseInteger(0, 0xffff_ffff),
    help: 'type of the games',
    shownDefault: defaultProposerOptions.gameType,
  },
  proposalIntervalMs: {
    names: ['proposal-interval'],
    env: env('PROPOSAL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'time between two games; required with a factory',
  },
  l2OutputOracleAddress: {
    names: ['l2oo-address'],
    env: env('L2OO_ADDRESS'),
    value: 'address',
    parse: parseAddress,
    help: 'the L2OutputOracle to propose to, instead of a factory',
  },
  pollIntervalMs: {
    names: ['poll-interval'],
    env: env('POLL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'how often it is checked whether a proposal is due',
    shownDefault: `${defaultProposerOptions.pollIntervalMs / 1000}s`,
  },
  allowNonFinalized: {
    names: ['allow-non-finalized'],
    env: env('ALLOW_NON_FINALIZED'),
    parse: parseBoolean,
    help: 'propose blocks that are safe and not yet finalized',
    shownDefault: defaultProposerOptions.allowNonFinalized,
  },
  waitNodeSync: {
    names: ['wait-node-sync'],
    env: env('WAIT_NODE_SYNC'),
    parse: parseBoolean,
    help: "at the start, wait until the rollup node has come to L1's head",
    shownDefault: defaultProposerOptions.waitNodeSync,
  },
  waitForFunds: {
    names: ['wait-for-funds'],
    env: env('WAIT_FOR_FUNDS'),
    parse: parseBoolean,
    help: 'without funds, wait for them instead of refusing to start',
    shownDefault: defaultProposerOptions.waitForFunds,
  },
} as const satisfies FlagTable<ProposerOptions>

function env(suffix: string): readonly string[] {
  return serviceEnv('proposer', suffix)
}
