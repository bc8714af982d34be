import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { rlpBytes, rlpDecode, rlpEncode, rlpInteger, rlpList, rlpUint } from '../base/rlp.ts'

/** A block header of L1 or L2. Fields from `baseFeePerGas` on are absent before their fork. */
export interface BlockHeader {
  readonly parentHash: Hash
  readonly ommersHash: Hash
  readonly beneficiary: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly timestamp: bigint
  readonly extraData: Uint8Array
  /** prevRandao since the merge. */
  readonly mixHash: Hash
  /** 8 bytes. */
  readonly nonce: Uint8Array
  readonly baseFeePerGas: bigint | undefined
  readonly withdrawalsRoot: Hash | undefined
  readonly blobGasUsed: bigint | undefined
  readonly excessBlobGas: bigint | undefined
  readonly parentBeaconBlockRoot: Hash | undefined
  readonly requestsHash: Hash | undefined
}

/** keccak256 of the RLP of an empty list: the ommers of every block since the merge. */
export const emptyOmmersHash: Hash =
  '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** Root of the empty trie. */
export const emptyTrieRoot: Hash =
  '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** sha256 of nothing: EIP-7685 requests of a block that has none. */
export const emptyRequestsHash: Hash =
  '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** RLP of a header: the fields in order, trailing ones only as far as they are present. */
export function encodeHeader(header: BlockHeader): Uint8Array {
  const fields = [
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.beneficiary),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    header.logsBloom,
    rlpUint(header.difficulty),
    rlpUint(header.number),
    rlpUint(header.gasLimit),
    rlpUint(header.gasUsed),
    rlpUint(header.timestamp),
    header.extraData,
    hexToBytes(header.mixHash),
    header.nonce,
  ]
  if (header.baseFeePerGas !== undefined) fields.push(rlpUint(header.baseFeePerGas))
  if (header.withdrawalsRoot !== undefined) fields.push(hexToBytes(header.withdrawalsRoot))
  if (header.blobGasUsed !== undefined) fields.push(rlpUint(header.blobGasUsed))
  if (header.excessBlobGas !== undefined) fields.push(rlpUint(header.excessBlobGas))
  if (header.parentBeaconBlockRoot !== undefined) {
    fields.push(hexToBytes(header.parentBeaconBlockRoot))
  }
  if (header.requestsHash !== undefined) fields.push(hexToBytes(header.requestsHash))
  return rlpEncode(fields)
}

/**
 * The inverse of {@link encodeHeader}. Byte fields are views into `encoded`.
 *
 * @throws {DecodeError} `HEADER_FIELDS`, `RLP_*`
 */
export function decodeHeader(encoded: Uint8Array): BlockHeader {
  const fields = rlpList(rlpDecode(encoded))
  if (fields.length < 15 || fields.length > 21) {
    throw new DecodeError('HEADER_FIELDS', `a header has 15 to 21 fields, got ${fields.length}`)
  }
  const hash = (index: number) => bytesToHex(rlpBytes(fields[index], 32))
  const optional = <T>(index: number, read: (index: number) => T): T | undefined =>
    index < fields.length ? read(index) : undefined
  return {
    parentHash: hash(0),
    ommersHash: hash(1),
    beneficiary: bytesToHex(rlpBytes(fields[2], 20)),
    stateRoot: hash(3),
    transactionsRoot: hash(4),
    receiptsRoot: hash(5),
    logsBloom: rlpBytes(fields[6], 256),
    difficulty: rlpInteger(fields[7]),
    number: rlpInteger(fields[8], 8),
    gasLimit: rlpInteger(fields[9], 8),
    gasUsed: rlpInteger(fields[10], 8),
    timestamp: rlpInteger(fields[11], 8),
    extraData: rlpBytes(fields[12]),
    mixHash: hash(13),
    nonce: rlpBytes(fields[14], 8),
    baseFeePerGas: optional(15, (index) => rlpInteger(fields[index])),
    withdrawalsRoot: optional(16, hash),
    blobGasUsed: optional(17, (index) => rlpInteger(fields[index], 8)),
    excessBlobGas: optional(18, (index) => rlpInteger(fields[index], 8)),
    parentBeaconBlockRoot: optional(19, hash),
    requestsHash: optional(20, hash),
  }
}

/** The block hash: keccak256 of the header's RLP. */
export function hashHeader(header: BlockHeader): Hash {
  return keccak256Hex(encodeHeader(header))
}
