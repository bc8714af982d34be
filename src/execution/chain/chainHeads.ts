import { bytesToHex, hexToBytes } from '../../base/hex.ts'
import { rlpBytes, rlpDecode, rlpEncode, rlpInteger, rlpList, rlpUint } from '../../base/rlp.ts'
import type { BlockId } from '../../chain/refs.ts'

/** The labels of the canonical chain. `safe` and `finalized` are unknown until they are first set. */
export interface ChainHeads {
  readonly head: BlockId
  readonly safe: BlockId | undefined
  readonly finalized: BlockId | undefined
}

/** `[[number, hash], [number, hash] | [], [number, hash] | []]` */
export function encodeHeads({ head, safe, finalized }: ChainHeads): Uint8Array {
  const encodeId = (id: BlockId | undefined) =>
    id === undefined ? [] : [rlpUint(id.number), hexToBytes(id.hash)]
  return rlpEncode([head, safe, finalized].map(encodeId))
}

/** The inverse of {@link encodeHeads}. @throws {DecodeError} `RLP_*` */
export function decodeHeads(encoded: Uint8Array): ChainHeads {
  const [head, safe, finalized] = rlpList(rlpDecode(encoded)).map((item) => {
    const [number, hash] = rlpList(item)
    if (hash === undefined) return undefined
    return { number: rlpInteger(number), hash: bytesToHex(rlpBytes(hash, 32)) }
  })
  return { head: head!, safe, finalized }
}
