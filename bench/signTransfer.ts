import secp256k1 from 'secp256k1'
import { concatBytes, emptyBytes } from '../src/base/bytes.ts'
import { type Address, hexToBytes } from '../src/base/hex.ts'
import { keccak256 } from '../src/base/keccak.ts'
import { rlpEncode, rlpUint } from '../src/base/rlp.ts'

/** A transfer of 1 wei, before it is signed. */
export interface Transfer {
  readonly chainId: bigint
  readonly nonce: bigint
  readonly maxFeePerGas: bigint
  readonly to: Address
}

/**
 * Signs an EIP-1559 transfer.
 *
 * Many times as fast as viem: with a hundred thousand of them the signing must not be what is measured.
 *
 * @param key - 32 bytes.
 */
export function signTransfer(transfer: Transfer, key: Uint8Array): Uint8Array {
  const fields = [
    rlpUint(transfer.chainId),
    rlpUint(transfer.nonce),
    rlpUint(1n),
    rlpUint(transfer.maxFeePerGas),
    rlpUint(21_000n),
    hexToBytes(transfer.to),
    rlpUint(1n),
    emptyBytes,
    [],
  ]
  const type = Uint8Array.of(2)
  const hash = keccak256(concatBytes(type, rlpEncode(fields)))
  const { signature, recid } = secp256k1.ecdsaSign(hash, key)
  const scalars = [signature.subarray(0, 32), signature.subarray(32)].map(withoutLeadingZeros)
  return concatBytes(type, rlpEncode([...fields, rlpUint(BigInt(recid)), ...scalars]))
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
}
