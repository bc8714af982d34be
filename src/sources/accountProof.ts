import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256, keccak256Hex } from '../base/keccak.ts'
import { rlpBytes, rlpDecode, rlpList } from '../base/rlp.ts'
import { emptyTrieRoot } from '../protocol/header.ts'
import { MerkleTrie } from '../trie/merkleTrie.ts'
import { MissingNodeError } from '../trie/nodeReader.ts'

/**
 * The storage root of an account, from the account proof of `eth_getProof`.
 *
 * @param nodes - Trie nodes from the state root down.
 * @returns the empty trie's root when the proof shows that there is no such account.
 * @throws {DecodeError} `PROOF_INCOMPLETE` when the nodes do not lead from the state root to the account; `RLP_*`
 */
export function provenStorageRoot(
  stateRoot: Hash,
  address: Address,
  nodes: readonly Uint8Array[],
): Hash {
  const byHash = new Map(nodes.map((node) => [keccak256Hex(node), node]))
  const trie = MerkleTrie.at(hexToBytes(stateRoot), (hash) => byHash.get(hash))
  try {
    const account = trie.get(keccak256(hexToBytes(address)))
    if (account === undefined) return emptyTrieRoot
    const [, , storageRoot] = rlpList(rlpDecode(account))
    return bytesToHex(rlpBytes(storageRoot, 32))
  } catch (cause) {
    if (!(cause instanceof MissingNodeError)) throw cause
    const message = `the proof of ${address} does not lead from the state root ${stateRoot} to it`
    throw new DecodeError('PROOF_INCOMPLETE', message, { cause })
  }
}
