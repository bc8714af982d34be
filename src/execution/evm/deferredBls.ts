import { type EVMBLSInterface, EVMError, type PrecompileFunc } from '@ethereumjs/evm'
import { emptyBytes } from '../../base/bytes.ts'
import type { BlsOperation } from './bls12.ts'
import type { Pause } from './pausePoints.ts'
import { failed } from './pausingPrecompiles.ts'

/**
 * Lets the EVM library's precompiles for BLS12-381 pause, which reckon at one go: they see to gas and lengths, and what
 * they then ask for is noted here and done afterwards.
 */
export class DeferredBls implements EVMBLSInterface {
  #asked: Asked | undefined

  addG1 = this.#asking('addG1')
  addG2 = this.#asking('addG2')
  mapFPtoG1 = this.#asking('mapFPtoG1')
  mapFP2toG2 = this.#asking('mapFP2toG2')
  msmG1 = this.#asking('msmG1')
  msmG2 = this.#asking('msmG2')
  pairingCheck = this.#asking('pairingCheck')

  /** One of the library's precompiles, in an EVM that was given this as its `bls`. */
  carryOut(precompile: PrecompileFunc, pause: Pause): PrecompileFunc {
    return async (input) => {
      const result = await precompile(input)
      const asked = this.#take()
      if (asked === undefined) return result
      const { bls12 } = await import('./bls12.ts')
      const returnValue = await bls12[asked.operation](asked.input, pause)
      if (returnValue !== undefined) return { ...result, returnValue }
      return failed(EVMError.errorMessages.BLS_12_381_POINT_NOT_ON_CURVE, input.gasLimit)
    }
  }

  #take(): Asked | undefined {
    const asked = this.#asked
    this.#asked = undefined
    return asked
  }

  #asking(operation: BlsOperation): (input: Uint8Array) => Uint8Array {
    return (input) => {
      this.#asked = { operation, input }
      return emptyBytes
    }
  }
}

interface Asked {
  readonly operation: BlsOperation
  readonly input: Uint8Array
}
