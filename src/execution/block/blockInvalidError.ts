import { TaktError } from '../../base/errors.ts'
import type { TransactionRule } from '../transaction/invalid.ts'

/** The rules that a block can break: a field of its header, or a rule of one of its transactions. */
export type BlockRule =
  | 'parentHash'
  | 'timestamp'
  | 'gasLimit'
  | 'extraData'
  | 'parentBeaconBlockRoot'
  | 'withdrawals'
  | 'baseFeePerGas'
  | 'transactionsRoot'
  | 'stateRoot'
  | 'receiptsRoot'
  | 'logsBloom'
  | 'gasUsed'
  | 'withdrawalsRoot'
  | 'blobGasUsed'
  | 'excessBlobGas'
  | 'blockHash'
  | TransactionRule

/**
 * A block that no honest engine takes. Any other error while a block is executed is a fault of ours.
 *
 * `code` is `BLOCK_INVALID`.
 */
export class BlockInvalidError extends TaktError {
  readonly rule: BlockRule

  constructor(
    rule: BlockRule,
    shortMessage: string,
    context: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super('BLOCK_INVALID', shortMessage, { context: { rule, ...context }, cause })
    this.rule = rule
  }
}
