/** Bytes, hex, RLP, hashes, and the errors that everything else throws. */

export { bigIntToBytes, bytesToBigInt, concatBytes, equalBytes } from './bytes.ts'
export {
  ChainError,
  ConfigError,
  DecodeError,
  type Severity,
  severityOf,
  TaktError,
  type TaktErrorOptions,
} from './errors.ts'
export { exitCodes } from './exitCodes.ts'
export {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  parseHex,
  zeroAddress,
  zeroHash,
} from './hex.ts'
export { keccak256, keccak256Hex } from './keccak.ts'
export { type RlpItem, rlpDecode, rlpEncode, rlpUint } from './rlp.ts'
