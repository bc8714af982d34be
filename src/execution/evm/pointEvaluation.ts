import { EVMError, type PrecompileFunc } from '@ethereumjs/evm'
import { bytesToHex, hexToBytes } from '../../base/hex.ts'
import { versionedHash } from '../../protocol/versionedHash.ts'
import { failed } from './pausingPrecompiles.ts'

const gas = 50_000n
const inputBytes = 192

/** Field elements of a blob, and the order of the field. */
const returnValue = hexToBytes(
  '0x000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001',
)

/**
 * The point evaluation precompile: `versionedHash[32] | z[32] | y[32] | commitment[48] | proof[48]`.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4844#point-evaluation-precompile
 */
export const pointEvaluation: PrecompileFunc = async ({ data, gasLimit }) => {
  if (gas > gasLimit) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
  if (data.length !== inputBytes) {
    return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
  }
  const commitment = data.subarray(96, 144)
  if (bytesToHex(data.subarray(0, 32)) !== versionedHash(commitment)) {
    return failed(EVMError.errorMessages.INVALID_COMMITMENT, gasLimit)
  }
  const { isKzgProof } = await import('./kzg.ts')
  const [z, y, proof] = [data.subarray(32, 64), data.subarray(64, 96), data.subarray(144)]
  if (!isKzgProof(commitment, z, y, proof)) {
    return failed(EVMError.errorMessages.INVALID_PROOF, gasLimit)
  }
  return { executionGasUsed: gas, returnValue }
}
