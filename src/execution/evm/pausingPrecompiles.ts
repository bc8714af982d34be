import { EVMError, type ExecResult, type PrecompileFunc } from '@ethereumjs/evm'
import { blake2Compress } from './blake2.ts'
import { bn254PairBytes, isBn254PairingOne } from './bn254Pairing.ts'
import type { Pause } from './pausePoints.ts'

type ErrorMessage = ConstructorParameters<typeof EVMError>[0]

const blake2InputBytes = 213
const pairingGas = 45_000n
const pairingGasPerPair = 34_000n

/**
 * BLAKE2F (EIP-152) with pauses: for the gas of one transaction the library's keeps the thread for ten seconds and more.
 */
export function pausingBlake2f(pause: Pause): PrecompileFunc {
  return async ({ data, gasLimit }) => {
    const isWellFormed = data.length === blake2InputBytes && data[212]! <= 1
    if (!isWellFormed) return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
    const rounds = BigInt(new DataView(data.buffer, data.byteOffset).getUint32(0))
    if (rounds > gasLimit) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
    return { executionGasUsed: rounds, returnValue: await blake2Compress(data, pause) }
  }
}

/** The pairing check of BN254 (EIP-197, EIP-1108) with pauses: the library's takes seconds for what a block can hold. */
export function pausingBn254Pairing(pause: Pause): PrecompileFunc {
  return async ({ data, gasLimit }) => {
    if (data.length % bn254PairBytes !== 0) {
      return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
    }
    const gas = pairingGas + pairingGasPerPair * BigInt(data.length / bn254PairBytes)
    if (gas > gasLimit) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
    const isOne = await isBn254PairingOne(data, pause)
    if (isOne === undefined) return failed(EVMError.errorMessages.BN254_FP_NOT_IN_FIELD, gasLimit)
    const returnValue = new Uint8Array(32)
    returnValue[31] = isOne ? 1 : 0
    return { executionGasUsed: gas, returnValue }
  }
}

/** A call that failed, and took all of its gas. */
export function failed(message: ErrorMessage, gasLimit: bigint): ExecResult {
  return {
    returnValue: new Uint8Array(0),
    executionGasUsed: gasLimit,
    exceptionError: new EVMError(message),
  }
}
