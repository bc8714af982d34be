import { concatBytes } from '../base/bytes.ts'
import { type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'

/** What an output root commits to. */
export interface OutputRootParts {
  readonly stateRoot: Hash
  /** Storage root of the L2ToL1MessagePasser. */
  readonly withdrawalStorageRoot: Hash
  readonly blockHash: Hash
}

/**
 * The output root of an L2 block, version 0: what withdrawals are proven against on L1.
 *
 * @see https://specs.optimism.io/protocol/proposals.html#l2-output-commitment-construction
 */
export function outputRoot(parts: OutputRootParts): Hash {
  return keccak256Hex(encodeOutputRoot(parts))
}

/** `version[32] | stateRoot[32] | withdrawalStorageRoot[32] | blockHash[32]`, with version 0. */
export function encodeOutputRoot(parts: OutputRootParts): Uint8Array {
  return concatBytes(
    new Uint8Array(32),
    hexToBytes(parts.stateRoot),
    hexToBytes(parts.withdrawalStorageRoot),
    hexToBytes(parts.blockHash),
  )
}
