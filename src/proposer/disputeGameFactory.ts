import { encodeFunctionData, parseAbi } from 'viem'
import { bigIntToBytes } from '../base/bytes.ts'
import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Address, bytesToHex, type Hex, hexToBytes, zeroAddress } from '../base/hex.ts'
import { revertReason } from '../txmgr/revertReason.ts'
import { contractMissing, readContract } from './contract.ts'
import type { L1Reader, Output, ProposalContract } from './interface.ts'
import { permissionedGameType, permittedProposer, wrongProposer } from './permittedProposer.ts'

export interface DisputeGameFactoryOptions {
  readonly address: Address
  readonly gameType: number
  /** Seconds between two games of ours. */
  readonly proposalInterval: bigint
}

/**
 * Proposes by creating dispute games: one claims an output root, and holds its bond.
 *
 * @see https://specs.optimism.io/fault-proof/stage-one/dispute-game-interface.html
 */
export function createDisputeGameFactory(
  options: DisputeGameFactoryOptions,
  deps: { readonly l1: L1Reader },
): ProposalContract {
  const { address, gameType, proposalInterval } = options
  const factory = { address, abi: factoryAbi }

  /** Whether a game of ours is younger than the interval. Games are listed by their age. */
  async function hasProposedLately(proposer: Address, signal: AbortSignal): Promise<boolean> {
    const [count, head] = await Promise.all([
      readContract(factory, 'gameCount', [], deps, signal),
      // Differs: by L1's clock, which also made the games' timestamps, not by the host's.
      deps.l1.head(signal),
    ])
    for (let index = count - 1n; index >= 0n; index--) {
      const [type, timestamp, proxy] = await readContract(
        factory,
        'gameAtIndex',
        [index],
        deps,
        signal,
      )
      if (timestamp + proposalInterval <= head.timestamp) return false
      if (type !== gameType) continue
      const game = { address: proxy, abi: gameAbi }
      const creator = await readContract(game, 'gameCreator', [], deps, signal)
      if (creator.toLowerCase() === proposer) return true
    }
    return false
  }

  const bond = (signal: AbortSignal) => readContract(factory, 'initBonds', [gameType], deps, signal)

  return {
    address,
    async connect(proposer, signal) {
      try {
        const version = await readContract(factory, 'version', [], deps, signal)
        const game = await readContract(factory, 'gameImpls', [gameType], deps, signal)
        if (game === zeroAddress) throw gameTypeUnknown(address, gameType)
        if (gameType !== permissionedGameType) return version
        const wanted = await permittedProposer(address, game, deps, signal)
        if (wanted === undefined || wanted === proposer) return version
        throw wrongProposer(proposer, wanted, 'the DisputeGameFactory takes permissioned games')
      } catch (error) {
        if (!(error instanceof ChainError) || error.code !== 'CONTRACT_CALL') throw error
        throw contractMissing(address, 'DisputeGameFactory', '--game-factory-address', error)
      }
    },
    async dueBlock(newest, proposer, signal) {
      return (await hasProposedLately(proposer, signal)) ? undefined : newest
    },
    async holds(output, signal) {
      const args = [gameType, output.outputRoot, extraData(output)] as const
      const [proxy] = await readContract(factory, 'games', args, deps, signal)
      return proxy !== zeroAddress
    },
    async candidate(output, signal) {
      const value = await bond(signal)
      const data = encodeFunctionData({
        abi: factoryAbi,
        functionName: 'create',
        args: [gameType, output.outputRoot, extraData(output)],
      })
      return { to: address, data: hexToBytes(data), value }
    },
    cost: async (signal) => ({ gas: gameGas, bond: await bond(signal) }),
    explain(revertData) {
      const reason = revertReason(revertData, factoryAbi)
      const [name] = reason.split('(')
      const words = explanations.get(name!)
      return words === undefined ? reason : `${words} (${reason})`
    },
  }
}

// Twice what a game of the OP Stack takes.
const gameGas = 1_000_000n

/** The L2 block number, 32 bytes. */
function extraData({ block }: Output): Hex {
  return bytesToHex(bigIntToBytes(block.number, 32))
}

function gameTypeUnknown(address: Address, gameType: number): ConfigError {
  return new ConfigError(
    exitCodes.usage,
    'GAME_TYPE_UNKNOWN',
    `the DisputeGameFactory at ${address} has no game of type ${gameType}`,
    { metaMessages: ['Give the type that the chain uses with --game-type.'] },
  )
}

const explanations: ReadonlyMap<string, string> = new Map([
  ['NoImplementation', 'the factory has no game of this type: check --game-type'],
  ['GameAlreadyExists', 'this output root has been proposed for this block already'],
  ['IncorrectBondAmount', 'the bond has changed since it was read'],
  ['InsufficientBond', 'the bond has changed since it was read'],
  ['UnexpectedRootClaim', 'the block is no newer than the anchor state of the games'],
  ['AnchorRootNotFound', 'the anchor state registry holds no root for this type of game'],
  ['BadExtraData', 'the game does not take a block number alone: check --game-type'],
  ['BadAuth', 'this account may not create games of this type'],
  ['GamePaused', 'the chain operator has paused the games'],
  ['BlockNumberMatches', 'the block is the one of the anchor state'],
  ['L1HeadTooOld', "the game's L1 head is too old"],
])

const factoryAbi = parseAbi([
  'function version() view returns (string)',
  'function gameCount() view returns (uint256)',
  'function gameAtIndex(uint256 index) view returns (uint32 gameType, uint64 timestamp, address proxy)',
  'function games(uint32 gameType, bytes32 rootClaim, bytes extraData) view returns (address proxy, uint64 timestamp)',
  'function gameImpls(uint32 gameType) view returns (address)',
  'function initBonds(uint32 gameType) view returns (uint256)',
  'function create(uint32 gameType, bytes32 rootClaim, bytes extraData) payable returns (address proxy)',
  'error NoImplementation(uint32 gameType)',
  'error GameAlreadyExists(bytes32 uuid)',
  'error IncorrectBondAmount()',
  'error InsufficientBond()',
  'error UnexpectedRootClaim(bytes32 rootClaim)',
  'error AnchorRootNotFound()',
  'error BadExtraData()',
  'error BadAuth()',
  'error GamePaused()',
  'error BlockNumberMatches()',
  'error L1HeadTooOld()',
  'error ReservedGameType()',
  'error UnknownChainId()',
  'error InvalidGameArgsLength()',
  'error UnexpectedGameType()',
  'error InvalidParentGame()',
])

const gameAbi = parseAbi(['function gameCreator() view returns (address)'])
