import type { Address, Hash } from '../base/hex.ts'
import type { BlockId } from '../chain/refs.ts'
import type { Refusal } from '../txmgr/backend.ts'
import type { TxCandidate } from '../txmgr/interface.ts'

/** A rollup node, as the proposer needs it. Every call throws {ChainError} `temporary` when no usable answer came. */
export interface OutputSource {
  syncStatus(signal?: AbortSignal): Promise<NodeStatus>
  /** The output root of an L2 block that the node knows. */
  outputAtBlock(number: bigint, signal?: AbortSignal): Promise<Output>
}

/** How far a rollup node is. Number 0 stands for blocks that it does not know yet. */
export interface NodeStatus {
  /** L1 block that derivation has come to. */
  readonly currentL1: BlockId
  readonly safeL2: BlockId
  readonly finalizedL2: BlockId
}

/** What is proposed. */
export interface Output {
  readonly outputRoot: Hash
  readonly block: BlockId
  /** How far the node was when it gave the output. */
  readonly status: NodeStatus
}

/** L1's contracts, for reading. Every call throws {ChainError} `temporary` when no usable answer came. */
export interface L1Reader {
  /** The newest block; its timestamp is in seconds. */
  head(signal?: AbortSignal): Promise<{ readonly number: bigint; readonly timestamp: bigint }>
  call(to: Address, data: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | Refusal>
}

/** A contract on L1 that output roots are proposed to. */
export interface ProposalContract {
  readonly address: Address
  /**
   * Checks that the contract is there and would let `proposer` propose.
   *
   * @returns its version.
   * @throws {ConfigError} `CONTRACT_MISSING`, `WRONG_PROPOSER`, `GAME_TYPE_UNKNOWN`
   */
  connect(proposer: Address, signal: AbortSignal): Promise<string>
  /** The L2 block to propose, no newer than `newest`; `undefined` while none is due. */
  dueBlock(newest: bigint, proposer: Address, signal: AbortSignal): Promise<bigint | undefined>
  /** Whether this very output has been proposed, by anybody. */
  holds(output: Output, signal: AbortSignal): Promise<boolean>
  /** The transaction that proposes; `undefined` while L1 would not take it yet. */
  candidate(output: Output, signal: AbortSignal): Promise<TxCandidate | undefined>
  /** What one proposal takes: gas, about, and the bond, in wei. */
  cost(signal: AbortSignal): Promise<{ readonly gas: bigint; readonly bond: bigint }>
  /** Says in words why a proposal reverted. */
  explain(revertData: Uint8Array): string
}
