import { DecodeError } from '../base/errors.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { decodeExtraData } from '../protocol/extraData.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { assertPayloadBlockHash } from '../protocol/payloadHeader.ts'
import { assertPayloadShape } from '../protocol/payloadSanity.ts'
import type { BuildJob, SealedBlock } from './tasks.ts'

/**
 * Checks what can be checked of a payload without executing it, and reads the ref of its block.
 *
 * @throws {DecodeError} `PAYLOAD_*` for its shape or hash, `EXTRA_DATA`, `L1_ATTRIBUTES*` or `DEPOSIT_*` for its first
 * transaction.
 */
export function readSealedBlock(config: RollupConfig, envelope: PayloadEnvelope): SealedBlock {
  assertPayloadBlockHash(envelope)
  return readBuiltBlock(config, envelope)
}

/** As {@link readSealedBlock}, for a payload of which this program computed the hash: with many transactions it is dear. */
export function readBuiltBlock(config: RollupConfig, envelope: PayloadEnvelope): SealedBlock {
  const payload = envelope.executionPayload
  assertPayloadShape(payload)
  decodeExtraData(config, payload.timestamp, payload.extraData)
  return { envelope, ref: l2BlockRefFromPayload(config, payload) }
}

/**
 * Checks that a block is the one that was asked for.
 *
 * @throws {DecodeError} `PAYLOAD_NOT_ASKED_FOR`
 */
export function assertBlockOfJob(block: SealedBlock, job: BuildJob): void {
  const { ref } = block
  const { parent, attributes } = job
  const isAskedFor =
    ref.parentHash === parent.hash &&
    ref.number === parent.number + 1n &&
    ref.timestamp === attributes.timestamp
  if (isAskedFor) return
  throw new DecodeError(
    'PAYLOAD_NOT_ASKED_FOR',
    `asked for block ${parent.number + 1n} at ${attributes.timestamp} on ${parent.hash}, the engine built ${ref.number} at ${ref.timestamp} on ${ref.parentHash}`,
  )
}
