import { encodeFunctionData, parseAbi } from 'viem'
import { ChainError } from '../base/errors.ts'
import { type Address, hexToBytes } from '../base/hex.ts'
import { revertReason } from '../txmgr/revertReason.ts'
import { contractMissing, readContract } from './contract.ts'
import type { L1Reader, ProposalContract } from './interface.ts'
import { wrongProposer } from './permittedProposer.ts'

/**
 * Proposes to an L2OutputOracle, which asks for the output of every so many blocks and takes no other.
 *
 * @see https://specs.optimism.io/protocol/proposals.html#l2-output-oracle-smart-contract
 */
export function createL2OutputOracle(
  options: { readonly address: Address },
  deps: { readonly l1: L1Reader },
): ProposalContract {
  const { address } = options
  const oracle = { address, abi }
  const nextBlock = (signal: AbortSignal) =>
    readContract(oracle, 'nextBlockNumber', [], deps, signal)
  return {
    address,
    async connect(proposer, signal) {
      try {
        const version = await readContract(oracle, 'version', [], deps, signal)
        const wanted = await readContract(oracle, 'PROPOSER', [], deps, signal)
        if (wanted.toLowerCase() !== proposer) {
          throw wrongProposer(
            proposer,
            wanted.toLowerCase() as Address,
            'the L2OutputOracle takes outputs',
          )
        }
        return version
      } catch (error) {
        if (!(error instanceof ChainError) || error.code !== 'CONTRACT_CALL') throw error
        throw contractMissing(address, 'L2OutputOracle', '--l2oo-address', error)
      }
    },
    async dueBlock(newest, _, signal) {
      const next = await nextBlock(signal)
      return next <= newest ? next : undefined
    },
    async holds(output, signal) {
      return (await nextBlock(signal)) > output.block.number
    },
    async candidate({ outputRoot, block, status: { currentL1 } }, signal) {
      // The oracle checks that L1 block, so that an output derived from another L1 cannot get in. A
      // contract knows the hashes of blocks before its own only.
      const head = await deps.l1.head(signal)
      if (head.number <= currentL1.number) return undefined
      const data = encodeFunctionData({
        abi,
        functionName: 'proposeL2Output',
        args: [outputRoot, block.number, currentL1.hash, currentL1.number],
      })
      return { to: address, data: hexToBytes(data) }
    },
    cost: async () => ({ gas: outputGas, bond: 0n }),
    explain: (revertData) => revertReason(revertData, abi),
  }
}

// Twice what an output takes.
const outputGas = 200_000n

const abi = parseAbi([
  'function version() view returns (string)',
  'function PROPOSER() view returns (address)',
  'function nextBlockNumber() view returns (uint256)',
  'function proposeL2Output(bytes32 outputRoot, uint256 l2BlockNumber, bytes32 l1BlockHash, uint256 l1BlockNumber) payable',
])
