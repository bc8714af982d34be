import { DecodeError } from '../../base/errors.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import { rlpBytes, rlpDecode, rlpEncode, rlpInteger, rlpList, rlpUint } from '../../base/rlp.ts'
import { emptyTrieRoot } from '../../protocol/header.ts'

/** keccak256 of nothing: the code hash of accounts without code. */
export const emptyCodeHash: Hash =
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** An account. Never changed in place. */
export interface Account {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
  /** As of the last block; storage written since is not in it. */
  readonly storageRoot: Hash
  readonly codeHash: Hash
}

/** What an account is before anything happened to it. */
export const emptyAccount: Account = {
  nonce: 0n,
  balance: 0n,
  storageRoot: emptyTrieRoot,
  codeHash: emptyCodeHash,
}

/** EIP-161: nothing worth keeping. Storage does not count. */
export function isEmptyAccount(account: Account): boolean {
  return account.nonce === 0n && account.balance === 0n && account.codeHash === emptyCodeHash
}

/** The account as the state trie holds it. */
export function encodeAccount(account: Account): Uint8Array {
  return rlpEncode([
    rlpUint(account.nonce),
    rlpUint(account.balance),
    hexToBytes(account.storageRoot),
    hexToBytes(account.codeHash),
  ])
}

/** The inverse of {@link encodeAccount}. @throws {DecodeError} `ACCOUNT_FIELDS`, `RLP_*` */
export function decodeAccount(rlp: Uint8Array): Account {
  const fields = rlpList(rlpDecode(rlp))
  if (fields.length !== 4) {
    throw new DecodeError('ACCOUNT_FIELDS', `an account has 4 fields, got ${fields.length}`)
  }
  return {
    nonce: rlpInteger(fields[0], 8),
    balance: rlpInteger(fields[1]),
    storageRoot: bytesToHex(rlpBytes(fields[2], 32)),
    codeHash: bytesToHex(rlpBytes(fields[3], 32)),
  }
}
