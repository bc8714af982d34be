import { equalBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { envelopeToHeader } from '../../protocol/payloadHeader.ts'
import type { WorldState } from '../state/worldState.ts'
import { decodeTransaction, type Transaction } from '../transaction/transaction.ts'
import { beginBlock, type ExecutionDeps, type FinishedBlock } from './blockExecution.ts'
import { BlockInvalidError, type BlockRule } from './blockInvalidError.ts'

/**
 * Executes a payload on top of its parent and checks that the block is the one that it claims to be.
 *
 * @param state - As of `parent`.
 * @throws {BlockInvalidError} Any other throw is an internal fault and says nothing about the payload.
 */
export async function executeBlock(
  deps: ExecutionDeps,
  state: WorldState,
  parent: BlockHeader,
  envelope: PayloadEnvelope,
): Promise<FinishedBlock> {
  const payload = envelope.executionPayload
  if (payload.blockNumber !== parent.number + 1n) {
    throw new BlockInvalidError(
      'parentHash',
      `block ${payload.blockNumber} cannot follow block ${parent.number}`,
    )
  }
  if (payload.withdrawals !== undefined && payload.withdrawals.length > 0) {
    throw new BlockInvalidError('withdrawals', 'an L2 block has no withdrawals of L1')
  }
  const execution = await beginBlock(deps, state, parent, {
    timestamp: payload.timestamp,
    gasLimit: payload.gasLimit,
    prevRandao: payload.prevRandao,
    feeRecipient: payload.feeRecipient,
    parentBeaconBlockRoot: envelope.parentBeaconBlockRoot,
    extraData: payload.extraData,
  })
  for (const [index, raw] of payload.transactions.entries()) {
    const outcome = await execution.apply(decode(raw, index))
    if (outcome.type === 'invalid') {
      const { error } = outcome
      const message = `transaction ${index} is invalid: ${error.shortMessage}`
      throw new BlockInvalidError(error.rule, message, { index }, error)
    }
    await deps.pause?.()
  }
  const block = execution.finish()
  assertSameHeader(block.header, envelopeToHeader(envelope))
  if (block.hash !== payload.blockHash) {
    throw new BlockInvalidError(
      'blockHash',
      `the payload says its hash is ${payload.blockHash}, its fields hash to ${block.hash}`,
    )
  }
  return block
}

function decode(raw: Uint8Array, index: number): Transaction {
  try {
    return decodeTransaction(raw)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    const message = `transaction ${index} cannot be decoded: ${cause.shortMessage}`
    throw new BlockInvalidError('encoding', message, { index }, cause)
  }
}

/** The fields that execution decides, in the order in which they say most about what went wrong. */
const decidedFields = [
  'parentHash',
  'baseFeePerGas',
  'gasUsed',
  'transactionsRoot',
  'receiptsRoot',
  'logsBloom',
  'blobGasUsed',
  'excessBlobGas',
  'withdrawalsRoot',
  'stateRoot',
] as const satisfies readonly (BlockRule & keyof BlockHeader)[]

function assertSameHeader(executed: BlockHeader, claimed: BlockHeader): void {
  for (const field of decidedFields) {
    const got = executed[field]
    const want = claimed[field]
    const isSame =
      got instanceof Uint8Array && want instanceof Uint8Array ? equalBytes(got, want) : got === want
    if (isSame) continue
    throw new BlockInvalidError(
      field,
      `${field} does not follow from the block: ${field === 'logsBloom' ? 'other logs' : `executed ${got}, claimed ${want}`}`,
      field === 'logsBloom' ? {} : { executed: got, claimed: want },
    )
  }
}
