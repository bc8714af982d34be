import { bytesToBigInt } from '../../base/bytes.ts'
import { bytesToHex } from '../../base/hex.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import type { SimulationResult } from './simulation.ts'

/** What geth answers when a contract reverts; `data` holds what it returned. */
const revertCode = 3

/** The error that a failed call is answered with: geth's code and words, the revert reason decoded. */
export function callError({
  failure,
  returnValue,
}: Pick<SimulationResult, 'failure' | 'returnValue'>): RpcError {
  if (failure !== 'revert') return new RpcError(rpcErrorCodes.serverError, failure ?? 'call failed')
  const reason = revertReason(returnValue)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(revertCode, message, bytesToHex(returnValue))
}

const errorSelector = '0x08c379a0'
const panicSelector = '0x4e487b71'

/** The text of Solidity's `Error(string)` or the meaning of its `Panic(uint256)`. */
function revertReason(data: Uint8Array): string | undefined {
  const selector = bytesToHex(data.subarray(0, 4))
  const words = data.subarray(4)
  if (selector === panicSelector && words.length === 32) {
    const code = bytesToBigInt(words)
    return panicReasons.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
  }
  if (selector !== errorSelector || words.length < 64) return undefined
  const offset = bytesToBigInt(words.subarray(0, 32))
  const length = bytesToBigInt(words.subarray(32, 64))
  if (offset !== 32n || length > BigInt(words.length - 64)) return undefined
  return new TextDecoder().decode(words.subarray(64, 64 + Number(length)))
}

/** @see https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require */
const panicReasons: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])
