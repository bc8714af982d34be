import { bigIntToBytes, concatBytes } from '../base/bytes.ts'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import { rlpEncode } from '../base/rlp.ts'
import { sha256 } from '../base/sha256.ts'
import type { PayloadAttributes } from './payload.ts'
import { withdrawalFields } from './payloadHeader.ts'

/**
 * The id under which an engine builds a block: the same attributes on the same parent give the same id.
 *
 * The first byte is the version of the attributes, the other seven are from a SHA-256 over all that decides the block.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#payloadid-computation
 */
export function payloadId(
  parentHash: Hash,
  attributes: PayloadAttributes,
  version = payloadAttributesVersion(attributes),
): Hex {
  const { withdrawals, parentBeaconBlockRoot, transactions, noTxPool } = attributes
  const parts = [
    hexToBytes(parentHash),
    bigIntToBytes(attributes.timestamp, 8),
    hexToBytes(attributes.prevRandao),
    hexToBytes(attributes.suggestedFeeRecipient),
  ]
  if (withdrawals) parts.push(rlpEncode(withdrawals.map(withdrawalFields)))
  if (parentBeaconBlockRoot !== undefined) parts.push(hexToBytes(parentBeaconBlockRoot))
  if (noTxPool || transactions.length > 0) {
    parts.push(Uint8Array.of(noTxPool ? 1 : 0), bigIntToBytes(BigInt(transactions.length), 8))
    for (const transaction of transactions) parts.push(keccak256(transaction))
  }
  parts.push(bigIntToBytes(attributes.gasLimit, 8))
  if (attributes.eip1559Params) parts.push(attributes.eip1559Params)
  if (attributes.minBaseFee !== undefined) parts.push(bigIntToBytes(attributes.minBaseFee, 8))
  const id = sha256(concatBytes(...parts)).slice(0, 8)
  id[0] = version
  return bytesToHex(id)
}

/** The version that the attributes' fields make them: 3 from Ecotone, 2 from Canyon, 1 before. */
function payloadAttributesVersion(attributes: PayloadAttributes): 1 | 2 | 3 {
  if (attributes.parentBeaconBlockRoot !== undefined) return 3
  return attributes.withdrawals ? 2 : 1
}
