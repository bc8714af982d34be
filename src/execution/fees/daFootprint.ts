import { estimatedDataSize } from '../../protocol/estimatedDataSize.ts'
import type { FeeParameters } from './feeParameters.ts'

/**
 * Gas that a signed transaction's data takes of the block's DA footprint; 0 before Jovian.
 *
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html#da-footprint-block-limit
 */
export function daFootprint(raw: Uint8Array, { daFootprintGasScalar }: FeeParameters): bigint {
  return daFootprintGasScalar === undefined ? 0n : estimatedDataSize(raw) * daFootprintGasScalar
}
