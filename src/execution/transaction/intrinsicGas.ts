import type { Address } from '../../base/hex.ts'
import type { AccessList } from '../../protocol/signedTransaction.ts'
import type { ForkRules } from '../chainConfig.ts'

/** What a transaction's gas is reckoned from before it runs. */
export interface GasRelevant {
  /** `undefined` creates a contract. */
  readonly to: Address | undefined
  readonly data: Uint8Array
  readonly accessList: AccessList
  readonly authorizations: { readonly length: number }
}

/** Gas that a transaction costs before it does anything. */
export function intrinsicGas(transaction: GasRelevant, rules: ForkRules): bigint {
  let gas = 21_000 + 4 * calldataTokens(transaction.data)
  if (transaction.to === undefined) {
    gas += 32_000
    // EIP-3860
    if (rules.isActive('canyon')) gas += 2 * Math.ceil(transaction.data.length / 32)
  }
  for (const { storageKeys } of transaction.accessList) gas += 2_400 + 1_900 * storageKeys.length
  gas += 25_000 * transaction.authorizations.length
  return BigInt(gas)
}

/** Gas that a transaction with that data costs at least, from Isthmus on (EIP-7623); 0 before. */
export function floorGas(data: Uint8Array, rules: ForkRules): bigint {
  return rules.isActive('isthmus') ? BigInt(21_000 + 10 * calldataTokens(data)) : 0n
}

/** True where the code that creates a contract is longer than the fork allows (EIP-3860). */
export function isInitCodeTooLarge(
  { to, data }: Pick<GasRelevant, 'to' | 'data'>,
  rules: ForkRules,
): boolean {
  return to === undefined && rules.isActive('canyon') && data.length > maxInitCodeBytes
}

/** EIP-3860 */
export const maxInitCodeBytes = 49_152

/** EIP-7825: gas that a signed transaction may ask for, from Karst on. */
export const maxTransactionGas = 16_777_216n

/** One for a zero byte, four for any other. */
function calldataTokens(data: Uint8Array): number {
  let tokens = 0
  for (const byte of data) tokens += byte === 0 ? 1 : 4
  return tokens
}
