import type { FeeSuggestion } from '../txmgr/interface.ts'
import type { ChannelSettings, DataAvailability } from './encoder/channelSettings.ts'

/**
 * Gas of a transaction that carries calldata and runs no code.
 *
 * @see https://eips.ethereum.org/EIPS/eip-7623
 */
export function calldataGas(data: Uint8Array): bigint {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  return transactionGas + floorGasPerToken * BigInt(zeros + 4 * (data.length - zeros))
}

/** Wei that a full submission costs. */
export function submissionCost(settings: ChannelSettings, fees: FeeSuggestion): bigint {
  const { baseFee, tip, blobTip = tip } = fees
  if (settings.availability === 'blobs') {
    const blobGas = gasPerBlob * BigInt(settings.framesPerTransaction)
    return transactionGas * (baseFee + blobTip) + blobGas * fees.blobBaseFee
  }
  // Compressed data has few zeros.
  const bytes = BigInt(settings.maxFrameBytes + 1)
  return (transactionGas + floorGasPerToken * 4n * bytes) * (baseFee + tip)
}

/** The way to L1 on which a byte costs less. */
export function cheaperAvailability(
  channels: Readonly<Record<DataAvailability, ChannelSettings>>,
  fees: FeeSuggestion,
): DataAvailability {
  const { calldata, blobs } = channels
  const costOfCalldata = submissionCost(calldata, fees) * bytesOf(blobs)
  const costOfBlobs = submissionCost(blobs, fees) * bytesOf(calldata)
  return costOfBlobs > costOfCalldata ? 'calldata' : 'blobs'
}

const transactionGas = 21_000n
const floorGasPerToken = 10n
const gasPerBlob = 131_072n

function bytesOf({ maxFrameBytes, framesPerTransaction }: ChannelSettings): bigint {
  return BigInt((maxFrameBytes + 1) * framesPerTransaction)
}
