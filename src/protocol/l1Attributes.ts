import { bigIntToBytes, bytesToBigInt, concatBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes, zeroHash } from '../base/hex.ts'

/** The formats of the L1-attributes calldata, oldest first. Each of the last three extends the one before. */
export type L1AttributesFormat = 'bedrock' | 'ecotone' | 'isthmus' | 'jovian'

/**
 * What the first transaction of each L2 block tells the L1Block contract. Fields that a format does not carry
 * are zero.
 *
 * @see https://specs.optimism.io/protocol/deposits.html#l1-attributes-deposited-transaction
 */
export interface L1Attributes {
  readonly number: bigint
  readonly timestamp: bigint
  /** Wei. */
  readonly baseFee: bigint
  readonly hash: Hash
  /** Distance of the L2 block to the first one of its epoch. */
  readonly sequenceNumber: bigint
  readonly batcherAddress: Address
  /** Bedrock only. */
  readonly overhead: Hash
  /** Bedrock only. */
  readonly scalar: Hash
  /** From Ecotone. */
  readonly baseFeeScalar: number
  /** From Ecotone. */
  readonly blobBaseFeeScalar: number
  /** Wei, from Ecotone. */
  readonly blobBaseFee: bigint
  /** From Isthmus. */
  readonly operatorFeeScalar: number
  /** From Isthmus. */
  readonly operatorFeeConstant: bigint
  /** From Jovian. */
  readonly daFootprintGasScalar: number
}

/** Function selector and length of the calldata. */
const shapes = {
  // setL1BlockValues(uint64,uint64,uint256,bytes32,uint64,bytes32,uint256,uint256)
  bedrock: { selector: '0x015d8eb9', lengthBytes: 4 + 8 * 32 },
  // setL1BlockValuesEcotone()
  ecotone: { selector: '0x440a5e20', lengthBytes: 164 },
  // setL1BlockValuesIsthmus()
  isthmus: { selector: '0x098999be', lengthBytes: 176 },
  // setL1BlockValuesJovian()
  jovian: { selector: '0x3db6be2b', lengthBytes: 178 },
} as const

/**
 * Encodes the calldata.
 *
 * Bedrock is plain ABI, eight words in the order of the signature. The others are packed:
 * `selector[4] | baseFeeScalar u32 | blobBaseFeeScalar u32 | sequenceNumber u64 | timestamp u64 | number u64 |
 * baseFee u256 | blobBaseFee u256 | hash[32] | batcher[32]`, then from Isthmus `operatorFeeScalar u32 |
 * operatorFeeConstant u64`, then from Jovian `daFootprintGasScalar u16`.
 */
export function encodeL1Attributes(
  format: L1AttributesFormat,
  attributes: L1Attributes,
): Uint8Array {
  const selector = hexToBytes(shapes[format].selector)
  const batcher = bigIntToBytes(BigInt(attributes.batcherAddress), 32)
  if (format === 'bedrock') {
    return concatBytes(
      selector,
      bigIntToBytes(attributes.number, 32),
      bigIntToBytes(attributes.timestamp, 32),
      bigIntToBytes(attributes.baseFee, 32),
      hexToBytes(attributes.hash),
      bigIntToBytes(attributes.sequenceNumber, 32),
      batcher,
      hexToBytes(attributes.overhead),
      hexToBytes(attributes.scalar),
    )
  }
  const parts = [
    selector,
    bigIntToBytes(BigInt(attributes.baseFeeScalar), 4),
    bigIntToBytes(BigInt(attributes.blobBaseFeeScalar), 4),
    bigIntToBytes(attributes.sequenceNumber, 8),
    bigIntToBytes(attributes.timestamp, 8),
    bigIntToBytes(attributes.number, 8),
    bigIntToBytes(attributes.baseFee, 32),
    bigIntToBytes(attributes.blobBaseFee, 32),
    hexToBytes(attributes.hash),
    batcher,
  ]
  if (format !== 'ecotone') {
    parts.push(bigIntToBytes(BigInt(attributes.operatorFeeScalar), 4))
    parts.push(bigIntToBytes(attributes.operatorFeeConstant, 8))
  }
  if (format === 'jovian') parts.push(bigIntToBytes(BigInt(attributes.daFootprintGasScalar), 2))
  return concatBytes(...parts)
}

/**
 * The inverse of {@link encodeL1Attributes}.
 *
 * @throws {DecodeError} `L1_ATTRIBUTES` when selector, length or padding are not those of the format.
 */
export function decodeL1Attributes(format: L1AttributesFormat, calldata: Uint8Array): L1Attributes {
  const { selector, lengthBytes } = shapes[format]
  const actual = bytesToHex(calldata.subarray(0, 4))
  if (actual !== selector) {
    throw malformed(`the ${format} format begins with ${selector}, got ${actual}`)
  }
  if (calldata.length !== lengthBytes) {
    throw malformed(`the ${format} format has ${lengthBytes} bytes, got ${calldata.length}`)
  }
  return format === 'bedrock' ? decodeAbi(calldata) : decodePacked(format, calldata)
}

function decodeAbi(calldata: Uint8Array): L1Attributes {
  const word = (index: number) => calldata.subarray(4 + 32 * index, 36 + 32 * index)
  return {
    ...absent,
    number: uint64Word(word(0), 'number'),
    timestamp: uint64Word(word(1), 'timestamp'),
    baseFee: bytesToBigInt(word(2)),
    hash: bytesToHex(word(3)),
    sequenceNumber: uint64Word(word(4), 'sequence number'),
    batcherAddress: addressWord(word(5)),
    overhead: bytesToHex(word(6)),
    scalar: bytesToHex(word(7)),
  }
}

function decodePacked(
  format: Exclude<L1AttributesFormat, 'bedrock'>,
  calldata: Uint8Array,
): L1Attributes {
  const uint = (start: number, size: number) =>
    bytesToBigInt(calldata.subarray(start, start + size))
  const hasOperatorFee = format !== 'ecotone'
  return {
    ...absent,
    baseFeeScalar: Number(uint(4, 4)),
    blobBaseFeeScalar: Number(uint(8, 4)),
    sequenceNumber: uint(12, 8),
    timestamp: uint(20, 8),
    number: uint(28, 8),
    baseFee: uint(36, 32),
    blobBaseFee: uint(68, 32),
    hash: bytesToHex(calldata.subarray(100, 132)),
    batcherAddress: addressWord(calldata.subarray(132, 164)),
    ...(hasOperatorFee && {
      operatorFeeScalar: Number(uint(164, 4)),
      operatorFeeConstant: uint(168, 8),
    }),
    ...(format === 'jovian' && { daFootprintGasScalar: Number(uint(176, 2)) }),
  }
}

const absent = {
  overhead: zeroHash,
  scalar: zeroHash,
  baseFeeScalar: 0,
  blobBaseFeeScalar: 0,
  blobBaseFee: 0n,
  operatorFeeScalar: 0,
  operatorFeeConstant: 0n,
  daFootprintGasScalar: 0,
} as const

function uint64Word(word: Uint8Array, name: string): bigint {
  const value = bytesToBigInt(word)
  if (value >> 64n !== 0n) throw malformed(`${name} ${value} does not fit into 64 bits`)
  return value
}

function addressWord(word: Uint8Array): Address {
  if (word.subarray(0, 12).some((byte) => byte !== 0)) {
    throw malformed(`batcher ${bytesToHex(word)} is not an address padded with zeros`)
  }
  return bytesToHex(word.subarray(12))
}

function malformed(problem: string): DecodeError {
  return new DecodeError('L1_ATTRIBUTES', `malformed L1 attributes: ${problem}`)
}
