import { decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem'
import { ChainError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes, zeroAddress } from '../base/hex.ts'
import type { L1Reader, Output, OutputSource } from '../proposer/interface.ts'
import type { Refusal } from '../txmgr/backend.ts'

/** A dispute game on the fake L1. */
export interface FakeGame {
  readonly type: number
  readonly root: Hash
  readonly block: bigint
  readonly creator: Address
  readonly timestamp: bigint
  readonly bond: bigint
}

/** An output in the fake oracle. */
export interface FakeProposedOutput {
  readonly root: Hash
  readonly block: bigint
  readonly l1Hash: Hash
  readonly l1Number: bigint
}

const abi = parseAbi([
  'function version() view returns (string)',
  'function gameCount() view returns (uint256)',
  'function gameAtIndex(uint256) view returns (uint32, uint64, address)',
  'function games(uint32, bytes32, bytes) view returns (address, uint64)',
  'function gameImpls(uint32) view returns (address)',
  'function gameArgs(uint32) view returns (bytes)',
  'function proposer() view returns (address)',
  'function initBonds(uint32) view returns (uint256)',
  'function create(uint32, bytes32, bytes) payable returns (address)',
  'function gameCreator() view returns (address)',
  'function PROPOSER() view returns (address)',
  'function nextBlockNumber() view returns (uint256)',
  'function proposeL2Output(bytes32, uint256, bytes32, uint256) payable',
])

const reverted: Refusal = { type: 'refused', message: 'execution reverted', data: undefined }

/** A DisputeGameFactory and an L2OutputOracle at one address, and games at the addresses of their indexes. */
export class FakeProposalContracts implements L1Reader {
  /** Of L1's newest block, seconds. */
  now = 10_000n
  height = 501n
  isDeployed = true
  /** Types that the factory has games of. */
  gameTypes: readonly number[] = [0, 1]
  proposer: Address
  /** Where the proposer of permissioned games is written down. */
  permissions: 'gameArgs' | 'game' | 'nowhere' = 'nowhere'
  nextBlock = 1_000n
  readonly games: FakeGame[] = []
  readonly outputs: FakeProposedOutput[] = []

  constructor(proposer: Address) {
    this.proposer = proposer
  }

  async head() {
    return { number: this.height, timestamp: this.now }
  }

  async call(to: Address, data: Uint8Array): Promise<Uint8Array | Refusal> {
    if (!this.isDeployed) return new Uint8Array()
    const { functionName, args = [] } = decodeFunctionData({ abi, data: bytesToHex(data) })
    const answer = (result: unknown) =>
      hexToBytes(encodeFunctionResult({ abi, functionName, result } as never))
    switch (functionName) {
      case 'version':
        return answer('1.0.0')
      case 'gameCount':
        return answer(BigInt(this.games.length))
      case 'gameAtIndex': {
        const { type, timestamp } = this.games[Number(args[0])]!
        return answer([type, timestamp, addressOf(Number(args[0]))])
      }
      case 'gameCreator':
        return answer(this.games[Number(BigInt(to)) - 1]!.creator)
      case 'games': {
        const [type, root, extra] = args as unknown as [number, Hash, Hash]
        const index = this.games.findIndex(
          (game) => game.type === type && game.root === root && game.block === BigInt(extra),
        )
        return answer([index < 0 ? zeroAddress : addressOf(index), 0n])
      }
      case 'gameImpls':
        return answer(this.gameTypes.includes(Number(args[0])) ? to : zeroAddress)
      case 'gameArgs': {
        if (this.permissions === 'game') return answer('0x')
        if (this.permissions === 'nowhere') return reverted
        return answer(`0x${'11'.repeat(124)}${this.proposer.slice(2)}${'22'.repeat(20)}`)
      }
      case 'proposer':
        return this.permissions === 'game' ? answer(this.proposer) : reverted
      case 'initBonds':
        return answer(7n)
      case 'PROPOSER':
        return answer(this.proposer)
      case 'nextBlockNumber':
        return answer(this.nextBlock)
      default:
        return reverted
    }
  }

  /** Does what the transaction of a proposal does, in the newest block. */
  carryOut({ data, value = 0n }: { readonly data: Uint8Array; readonly value?: bigint }): void {
    const { functionName, args = [] } = decodeFunctionData({ abi, data: bytesToHex(data) })
    if (functionName === 'create') {
      const [type, root, extra] = args as unknown as [number, Hash, Hash]
      const timestamp = this.now
      const creator = this.proposer
      this.games.push({ type, root, block: BigInt(extra), creator, timestamp, bond: value })
    } else {
      const [root, block, l1Hash, l1Number] = args as unknown as [Hash, bigint, Hash, bigint]
      this.outputs.push({ root, block, l1Hash, l1Number })
      this.nextBlock += 10n
    }
  }
}

/** A rollup node that knows roots, and says how far it is. */
export class FakeOutputs implements OutputSource {
  finalized = 90n
  safe = 95n
  currentL1 = 500n
  error: Error | undefined
  /** It answers with the output of the next block. */
  answersWrongly = false
  /** What it says of itself along with an output, where that differs. */
  statusWithOutput: Partial<Pick<FakeOutputs, 'finalized' | 'safe'>> = {}
  /** Counts the reorgs of L2, each of which changes every root. */
  branch = 0

  async syncStatus() {
    if (this.error !== undefined) throw this.error
    return this.#status(this)
  }

  async outputAtBlock(number: bigint): Promise<Output> {
    if (this.error !== undefined) throw this.error
    const block = blockOf(this.answersWrongly ? number + 1n : number)
    const status = this.#status({ ...this, ...this.statusWithOutput })
    return { outputRoot: fakeRoot(number, this.branch), block, status }
  }

  #status({ finalized, safe }: { readonly finalized: bigint; readonly safe: bigint }) {
    return {
      currentL1: blockOf(this.currentL1),
      safeL2: blockOf(safe),
      finalizedL2: blockOf(finalized),
    }
  }
}

/** The root that {@link FakeOutputs} gives for a block, and the hash of the block. */
export function fakeRoot(block: bigint, branch = 0): Hash {
  return `0x${branch.toString(16).padStart(32, '0')}${block.toString(16).padStart(32, '0')}`
}

/** The error of a node that gives no answer. */
export function noAnswer(): ChainError {
  return new ChainError('temporary', 'ROLLUP_NODE_UNREACHABLE', 'gone')
}

function blockOf(number: bigint) {
  return { hash: fakeRoot(number), number }
}

function addressOf(index: number): Address {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`
}
