import { type Abi, BaseError, decodeErrorResult } from 'viem'
import { bytesToHex } from '../base/hex.ts'

/**
 * Says in words what a contract reverted with: the text of `require`, the name of a custom error with its arguments,
 * or the meaning of a panic.
 *
 * @param abi - The errors that the contract may throw.
 */
export function revertReason(data: Uint8Array, abi: Abi): string {
  const hex = bytesToHex(data)
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi, data: hex })
    const [first] = args
    if (errorName === 'Error') return String(first)
    if (errorName === 'Panic')
      return panics.get(Number(first)) ?? `panic 0x${Number(first).toString(16)}`
    return `${errorName}(${args.map(String).join(', ')})`
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    if (data.length === 0) return 'reverted without a reason'
    return `reverted with ${hex.length > 138 ? `${hex.slice(0, 138)}…` : hex}, which is no known error`
  }
}

/** @see https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require */
const panics: ReadonlyMap<number, string> = new Map([
  [0x01, 'an assertion failed'],
  [0x11, 'arithmetic overflow or underflow'],
  [0x12, 'division by zero'],
  [0x21, 'a value is out of range for its enum'],
  [0x22, 'a storage byte array is encoded wrongly'],
  [0x31, 'pop on an empty array'],
  [0x32, 'an index is out of bounds'],
  [0x41, 'too much memory was allocated'],
  [0x51, 'a function pointer is not initialized'],
])
