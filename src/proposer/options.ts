import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Address } from '../base/hex.ts'

/** How output roots are proposed. Names and defaults are those of op-proposer. */
export interface ProposerOptions {
  /** Propose by creating games with this DisputeGameFactory; or else give `l2OutputOracleAddress`. */
  readonly gameFactoryAddress: Address | undefined
  readonly gameType: number
  /** Least time between two of our games, by L1's clock. */
  readonly proposalIntervalMs: number | undefined
  /** Propose to this L2OutputOracle, at the blocks that it asks for. */
  readonly l2OutputOracleAddress: Address | undefined
  /** How often it is checked whether a proposal is due. */
  readonly pollIntervalMs: number
  /** Propose blocks that are safe; without it only finalized ones. */
  readonly allowNonFinalized: boolean
  /** At the start, wait until the rollup node has come to L1's head. */
  readonly waitNodeSync: boolean
  /** At the start, wait until the account can pay for a proposal instead of refusing to start. */
  readonly waitForFunds: boolean
}

export const defaultProposerOptions: ProposerOptions = {
  gameFactoryAddress: undefined,
  gameType: 0,
  proposalIntervalMs: undefined,
  l2OutputOracleAddress: undefined,
  pollIntervalMs: 12_000,
  allowNonFinalized: false,
  waitNodeSync: false,
  waitForFunds: false,
}

/** @see https://github.com/ethereum-optimism/optimism/blob/develop/packages/contracts-bedrock/src/dispute/lib/Types.sol */
const superRootGameTypes: readonly number[] = [4, 5, 7, 9]

/**
 * Options with the defaults for what is not given.
 *
 * @throws {ConfigError} `PROPOSER_OPTIONS`
 */
export function proposerOptions(given: Partial<ProposerOptions>): ProposerOptions {
  const options = { ...defaultProposerOptions, ...given }
  const { gameFactoryAddress, l2OutputOracleAddress, proposalIntervalMs } = options
  if ((gameFactoryAddress === undefined) === (l2OutputOracleAddress === undefined)) {
    throw invalid('give either --game-factory-address or --l2oo-address')
  }
  if (gameFactoryAddress !== undefined && !proposalIntervalMs) {
    throw invalid('--game-factory-address needs --proposal-interval above 0')
  }
  if (gameFactoryAddress === undefined && proposalIntervalMs !== undefined) {
    throw invalid('--proposal-interval is for --game-factory-address: the oracle has its own')
  }
  if (gameFactoryAddress !== undefined && superRootGameTypes.includes(options.gameType)) {
    throw invalid(
      `games of type ${options.gameType} hold super roots, of several chains at once: takt proposes output roots only`,
    )
  }
  if (!(options.pollIntervalMs > 0)) throw invalid('--poll-interval must be above 0')
  return options
}

function invalid(problem: string): ConfigError {
  return new ConfigError(exitCodes.usage, 'PROPOSER_OPTIONS', `proposer: ${problem}`)
}
