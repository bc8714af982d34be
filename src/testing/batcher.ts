import secp256k1 from 'secp256k1'
import { concatBytes } from '../base/bytes.ts'
import type { Compression } from '../base/compression.ts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '../base/hex.ts'
import { keccak256, keccak256Hex } from '../base/keccak.ts'
import { type RlpItem, rlpEncode, rlpUint } from '../base/rlp.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { encodeChannel } from '../protocol/batch/channelEncoding.ts'
import type { Frame } from '../protocol/batch/frame.ts'
import { transactionTypes } from '../protocol/transaction.ts'

const none: Uint8Array = new Uint8Array(0)

/** A batcher's key: signs what is posted to the batch inbox. */
export class Batcher {
  readonly address: Address
  readonly #key: Uint8Array

  /** @param seed - Batchers of different seeds have different keys. */
  constructor(seed = 'batcher') {
    this.#key = keccak256(new TextEncoder().encode(seed))
    this.address = bytesToHex(
      keccak256(secp256k1.publicKeyCreate(this.#key, false).subarray(1)).subarray(12),
    )
  }

  /** An EIP-1559 transaction to the inbox that carries data. */
  calldata(config: InboxConfig, data: Uint8Array, nonce = 0): Uint8Array {
    const [chainId, inbox] = [rlpUint(config.l1ChainId), hexToBytes(config.batchInboxAddress)]
    return this.#sign(transactionTypes.dynamicFee, [
      ...[chainId, rlpUint(BigInt(nonce)), none, none, none],
      ...[inbox, none, data, []],
    ])
  }

  /** A blob transaction to the inbox. */
  blobs(config: InboxConfig, hashes: readonly Hash[], data = none, nonce = 0): Uint8Array {
    const [chainId, inbox] = [rlpUint(config.l1ChainId), hexToBytes(config.batchInboxAddress)]
    return this.#sign(transactionTypes.blob, [
      ...[chainId, rlpUint(BigInt(nonce)), none, none, none],
      ...[inbox, none, data, [], none, hashes.map(hexToBytes)],
    ])
  }

  /** A legacy transaction to the inbox that carries data, with or without replay protection. */
  legacy(config: InboxConfig, data: Uint8Array, isProtected: boolean): Uint8Array {
    const fields = [none, none, none, hexToBytes(config.batchInboxAddress), none, data]
    const chainId = config.l1ChainId
    const signed = isProtected ? [...fields, rlpUint(chainId), none, none] : fields
    const { signature, recid } = secp256k1.ecdsaSign(keccak256(rlpEncode(signed)), this.#key)
    const v = isProtected ? 2n * chainId + 35n : 27n
    return rlpEncode([...fields, rlpUint(v + BigInt(recid)), ...scalars(signature)])
  }

  /** A transaction of any type, its fields without signature given. */
  #sign(type: number, fields: readonly RlpItem[]): Uint8Array {
    const prefix = Uint8Array.of(type)
    const message = keccak256(concatBytes(prefix, rlpEncode(fields)))
    const { signature, recid } = secp256k1.ecdsaSign(message, this.#key)
    const all = [...fields, rlpUint(BigInt(recid)), ...scalars(signature)]
    return concatBytes(prefix, rlpEncode(all))
  }
}

export type InboxConfig = Pick<RollupConfig, 'l1ChainId' | 'batchInboxAddress'>

/** The same blob always has the same hash. Not a KZG commitment: tests check no proofs. */
export function fakeBlobHash(blob: Uint8Array): Hash {
  return `0x01${keccak256Hex(blob).slice(4)}`
}

/** A channel id of one's choice. */
export function channelId(seed: number): Hex {
  return bytesToHex(Uint8Array.from({ length: 16 }, () => seed))
}

/** Encoded batches as the frames of one channel. */
export function framesOf(
  batches: readonly Uint8Array[],
  options: {
    readonly id?: Hex
    readonly frameCount?: number
    readonly compression?: Compression
  } = {},
): Frame[] {
  const { id = channelId(1), frameCount = 1, compression = 'zlib' } = options
  return split(encodeChannel(batches, compression), frameCount, id)
}

/** Any bytes as the frames of one channel. */
export function split(data: Uint8Array, frameCount: number, id = channelId(1)): Frame[] {
  const size = Math.ceil(data.length / frameCount)
  return Array.from({ length: frameCount }, (_, number) => ({
    channelId: id,
    number,
    data: data.subarray(number * size, (number + 1) * size),
    isLast: number === frameCount - 1,
  }))
}

function scalars(signature: Uint8Array): Uint8Array[] {
  return [signature.subarray(0, 32), signature.subarray(32)].map((scalar) =>
    scalar.subarray(scalar.findIndex((byte) => byte !== 0)),
  )
}
