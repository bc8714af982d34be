import type { Hash } from '../base/hex.ts'
import type { ForkchoiceUpdated, PayloadStatus } from '../engine/interface.ts'

/** The block and all below it are valid. */
export function validStatus(hash: Hash): PayloadStatus {
  return { status: 'VALID', latestValidHash: hash, validationError: undefined }
}

/** @param latestValidHash - The nearest valid ancestor, where it is known. */
export function invalidStatus(
  latestValidHash: Hash | undefined,
  validationError: string,
): PayloadStatus {
  return { status: 'INVALID', latestValidHash, validationError }
}

/** The block is one that was found invalid before, or builds on it. */
export function rejectedBefore(lastValid: Hash): PayloadStatus {
  return invalidStatus(lastValid, 'links to previously rejected block')
}

/** Nothing can be said before an ancestor is here. */
export const syncingStatus: PayloadStatus = {
  status: 'SYNCING',
  latestValidHash: undefined,
  validationError: undefined,
}

/** The answer to a fork choice that began no block. */
export function withoutPayload(payloadStatus: PayloadStatus): ForkchoiceUpdated {
  return { payloadStatus, payloadId: undefined }
}
