import { bytesToBigInt, concatBytes, emptyBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { type Address, bytesToHex, type Hash } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import {
  type RlpItem,
  rlpBytes,
  rlpEncode,
  rlpInteger,
  rlpList,
  rlpSpan,
  rlpUint,
} from '../../base/rlp.ts'
import { hasLowS, recoverAddress } from '../../base/secp256k1.ts'
import { decodeDepositTransaction } from '../depositTransaction.ts'
import { transactionFields, transactionType, transactionTypes } from '../transaction.ts'

/** What an L1 transaction to the batch inbox carries. */
export interface InboxTransaction {
  readonly sender: Address
  readonly calldata: Uint8Array
  /** Versioned hashes of its blobs; `undefined` when it is no blob transaction. */
  readonly blobHashes: readonly Hash[] | undefined
}

/**
 * Reads an L1 transaction that was sent to the batch inbox; `undefined` for all others.
 *
 * Only types 0, 1, 2, 3 and deposits (for rollups on rollups) can carry batches, and only with a valid
 * signature for this L1.
 *
 * @param raw - EIP-2718 bytes as a block holds them.
 * @see https://specs.optimism.io/protocol/derivation.html#l1-retrieval
 */
export function readInboxTransaction(
  raw: Uint8Array,
  inbox: Address,
  l1ChainId: bigint,
): InboxTransaction | undefined {
  try {
    const type = transactionType(raw)
    if (type === transactionTypes.deposit) return readDeposit(raw, inbox)
    const layout = layouts[type]
    if (layout === undefined || recipientOf(raw, type, layout) !== inbox) return undefined
    const fields = rlpList(transactionFields(raw), layout.length)
    const sender = senderOf(raw, type, fields, l1ChainId)
    if (sender === undefined) return undefined
    return {
      sender,
      calldata: rlpBytes(fields[layout.to + 2]),
      blobHashes:
        type === transactionTypes.blob
          ? rlpList(fields[layout.length - 4]).map((hash) => bytesToHex(rlpBytes(hash, 32)))
          : undefined,
    }
  } catch (error) {
    // Whatever is no transaction carries no batch.
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Where `to` lies, two before the calldata, and how many fields there are: v, r, s are the last. */
interface Layout {
  readonly to: number
  readonly length: number
}

const layouts: Readonly<Record<number, Layout>> = {
  [transactionTypes.legacy]: { to: 3, length: 9 },
  [transactionTypes.accessList]: { to: 4, length: 11 },
  [transactionTypes.dynamicFee]: { to: 5, length: 12 },
  [transactionTypes.blob]: { to: 5, length: 14 },
}

function readDeposit(raw: Uint8Array, inbox: Address): InboxTransaction | undefined {
  const { from, to, data } = decodeDepositTransaction(raw)
  return to === inbox ? { sender: from, calldata: data, blobHashes: undefined } : undefined
}

/** Finds the recipient without decoding the rest: most transactions of a block go elsewhere. */
function recipientOf(raw: Uint8Array, type: number, layout: Layout): Address {
  const list = rlpSpan(raw, type === transactionTypes.legacy ? 0 : 1)
  let offset = list.start
  for (let field = 0; field < layout.to; field++) offset = rlpSpan(raw, offset, list.end).end
  const to = rlpSpan(raw, offset, list.end)
  return bytesToHex(raw.subarray(to.start, to.end))
}

function senderOf(
  raw: Uint8Array,
  type: number,
  fields: readonly RlpItem[],
  l1ChainId: bigint,
): Address | undefined {
  const v = rlpInteger(fields.at(-3))
  const isLegacy = type === transactionTypes.legacy
  const isProtected = !isLegacy || v >= 35n
  const chainId = isLegacy ? (v - 35n) >> 1n : rlpInteger(fields[0])
  if (isProtected && chainId !== l1ChainId) return undefined
  const parity = isLegacy ? (isProtected ? (v - 35n) & 1n : v - 27n) : v
  if (parity !== 0n && parity !== 1n) return undefined
  const signature = new Uint8Array(64)
  writeScalar(fields.at(-2), signature, 32)
  writeScalar(fields.at(-1), signature, 64)
  if (!hasLowS(signature)) return undefined
  const unsigned = fields.slice(0, -3)
  const signed =
    isLegacy && isProtected ? [...unsigned, rlpUint(chainId), emptyBytes, emptyBytes] : unsigned
  const list = rlpEncode(signed)
  const message = isLegacy ? list : concatBytes(raw.subarray(0, 1), list)
  return recoverAddress(keccak256(message), signature, Number(parity))
}

function writeScalar(item: RlpItem | undefined, signature: Uint8Array, end: number): void {
  const bytes = rlpBytes(item)
  if (bytes.length > 32 || bytesToBigInt(bytes) === 0n) {
    throw new DecodeError('INBOX_SIGNATURE', 'r and s of a signature have 1 to 32 bytes')
  }
  signature.set(bytes, end - bytes.length)
}
