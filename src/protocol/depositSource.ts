import { bigIntToBytes, concatBytes } from '../base/bytes.ts'
import { type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256, keccak256Hex } from '../base/keccak.ts'

/**
 * Where a deposit comes from. Its hash keeps deposits apart that are equal in everything else.
 *
 * - `user`: a TransactionDeposited log; `logIndex` counts over the L1 block.
 * - `l1Info`: the L1-attributes transaction of one L2 block.
 * - `upgrade`: a fork's own transaction, named by a sentence.
 *
 * @see https://specs.optimism.io/protocol/deposits.html#source-hash-computation
 */
export type DepositSource =
  | { readonly type: 'user'; readonly l1BlockHash: Hash; readonly logIndex: bigint }
  | { readonly type: 'l1Info'; readonly l1BlockHash: Hash; readonly sequenceNumber: bigint }
  | { readonly type: 'upgrade'; readonly intent: string }

const domains = { user: 0n, l1Info: 1n, upgrade: 2n } as const

/** `keccak256(domain || keccak256(identity))`, both 32 bytes. */
export function depositSourceHash(source: DepositSource): Hash {
  const domain = bigIntToBytes(domains[source.type], 32)
  return keccak256Hex(concatBytes(domain, keccak256(identity(source))))
}

function identity(source: DepositSource): Uint8Array {
  if (source.type === 'upgrade') return new TextEncoder().encode(source.intent)
  const index = source.type === 'user' ? source.logIndex : source.sequenceNumber
  return concatBytes(hexToBytes(source.l1BlockHash), bigIntToBytes(index, 32))
}
