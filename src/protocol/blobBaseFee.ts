import { blobUpdateFractions, type L1ChainConfig } from '../chain/l1Chain.ts'
import type { BlockHeader } from './header.ts'

/**
 * Wei per blob gas in an L1 block, by L1's own schedule; `undefined` before Cancun.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4844#gas-accounting
 */
export function blobBaseFee(l1: L1ChainConfig, header: BlockHeader): bigint | undefined {
  if (header.excessBlobGas === undefined) return undefined
  const period = l1.blobSchedule.findLast(({ since }) => header.timestamp >= since)
  return period && fakeExponential(header.excessBlobGas, period.updateFraction)
}

/** The same by Cancun's schedule, whatever the time. */
export function cancunBlobBaseFee(excessBlobGas: bigint): bigint {
  return fakeExponential(excessBlobGas, blobUpdateFractions.cancun)
}

/** `e ** (numerator / denominator)` by its Taylor series in integers, at least 1: EIP-4844's `fake_exponential`. */
function fakeExponential(numerator: bigint, denominator: bigint): bigint {
  let sum = 0n
  let term = denominator
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * numerator) / (denominator * i)
  }
  return sum / denominator
}
