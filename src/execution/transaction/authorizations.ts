import { concatBytes, emptyBytes } from '../../base/bytes.ts'
import { type Address, hexToBytes, zeroAddress } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import { rlpEncode, rlpUint } from '../../base/rlp.ts'
import { hasLowS, recoverAddress } from '../../base/secp256k1.ts'
import type { Authorization } from '../../protocol/signedTransaction.ts'
import { emptyAccount, emptyCodeHash } from '../state/account.ts'
import type { JournaledState } from '../state/journaledState.ts'

/**
 * Carries out a set-code transaction's authorizations; those that do not hold are passed over.
 *
 * @returns The accounts that are warm from here on, and the gas to be refunded for those that existed.
 * @see https://eips.ethereum.org/EIPS/eip-7702
 */
export function applyAuthorizations(
  state: JournaledState,
  chainId: bigint,
  authorizations: readonly Authorization[],
): { readonly warm: readonly Address[]; readonly refund: bigint } {
  const warm: Address[] = []
  let refund = 0n
  for (const authorization of authorizations) {
    const authority = authorityOf(authorization, chainId)
    if (authority === undefined) continue
    warm.push(authority)
    const account = state.account(authority)
    const { nonce, codeHash } = account ?? emptyAccount
    if (codeHash !== emptyCodeHash && !isDelegation(state.code(authority))) continue
    if (nonce !== authorization.nonce) continue
    if (account !== undefined) refund += refundPerExistingAccount
    const { address } = authorization
    const code =
      address === zeroAddress ? emptyBytes : concatBytes(delegationPrefix, hexToBytes(address))
    state.setCode(authority, code)
    state.setAccount(authority, { ...state.account(authority)!, nonce: nonce + 1n })
  }
  return { warm, refund }
}

/** True for the code of an account that runs another account's code. */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}

/** Whose consent it is; `undefined` where it does not hold on this chain. */
function authorityOf(authorization: Authorization, chainId: bigint): Address | undefined {
  const { nonce, address, yParity, signature } = authorization
  if (authorization.chainId !== 0n && authorization.chainId !== chainId) return undefined
  if (nonce >= 2n ** 64n - 1n || yParity > 1 || !hasLowS(signature)) return undefined
  const signed = rlpEncode([rlpUint(authorization.chainId), hexToBytes(address), rlpUint(nonce)])
  return recoverAddress(keccak256(concatBytes(authorizationMagic, signed)), signature, yParity)
}

const delegationPrefix = Uint8Array.of(0xef, 0x01, 0x00)
const authorizationMagic = Uint8Array.of(0x05)
const refundPerExistingAccount = 25_000n - 12_500n
