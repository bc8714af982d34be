import { parseAbi } from 'viem'
import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Address } from '../base/hex.ts'
import { readContract } from './contract.ts'
import type { L1Reader } from './interface.ts'

/** The game type of the OP Stack that one account alone may propose with. */
export const permissionedGameType = 1

/**
 * The account that may create permissioned games; `undefined` where the contracts do not say.
 *
 * Newer factories keep it among the arguments of the game; older games have it themselves.
 *
 * @param game - The implementation that the factory has for the type.
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/packages/contracts-bedrock/src/dispute/lib/LibGameArgs.sol
 */
export async function permittedProposer(
  factory: Address,
  game: Address,
  deps: { readonly l1: L1Reader },
  signal: AbortSignal,
): Promise<Address | undefined> {
  const ofFactory = { address: factory, abi: factoryAbi }
  const args = await unlessAbsent(
    readContract(ofFactory, 'gameArgs', [permissionedGameType], deps, signal),
  )
  if (args !== undefined && args.length > 2) {
    if (args.length !== 2 + 2 * permissionedArgsBytes) return undefined
    return `0x${args.slice(2 + 2 * proposerOffset).slice(0, 40)}`
  }
  const proposer = await unlessAbsent(
    readContract({ address: game, abi: gameAbi }, 'proposer', [], deps, signal),
  )
  return proposer?.toLowerCase() as Address | undefined
}

/** The error of a key that the contract on L1 takes nothing from. */
export function wrongProposer(proposer: Address, wanted: Address, what: string): ConfigError {
  return new ConfigError(
    exitCodes.wrongKey,
    'WRONG_PROPOSER',
    `${what} of ${wanted} only, but the key is of ${proposer}`,
    { metaMessages: ['Give the key of the proposer, or have the contract name this account.'] },
  )
}

const permissionedArgsBytes = 164
// Behind prestate, VM, anchor state registry, WETH and chain id.
const proposerOffset = 124

const factoryAbi = parseAbi(['function gameArgs(uint32 gameType) view returns (bytes)'])
const gameAbi = parseAbi(['function proposer() view returns (address)'])

/** `undefined` where the contract has no such function. */
async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof ChainError && error.code === 'CONTRACT_CALL') return undefined
    throw error
  }
}
