import { TaktError } from '../../base/errors.ts'

/** The rules that a signed transaction can break. */
export type TransactionRule =
  | 'encoding'
  | 'signature'
  | 'chainId'
  | 'typeNotActive'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'nonceExhausted'
  | 'senderHasCode'
  | 'tipAboveFeeCap'
  | 'feeCapBelowBaseFee'
  | 'gasBelowIntrinsic'
  | 'gasBelowFloor'
  | 'gasAboveCap'
  | 'gasAboveBlock'
  | 'initCodeTooLarge'
  | 'noAuthorizations'
  | 'insufficientFunds'
  | 'daFootprintAboveBlock'
  | 'userTransactionInActivationBlock'

/**
 * A transaction cannot be part of a block, or not at this place of it. The state is as it was before.
 *
 * `code` is `TRANSACTION_INVALID`.
 */
export class TransactionInvalidError extends TaktError {
  readonly rule: TransactionRule

  constructor(
    rule: TransactionRule,
    shortMessage: string,
    context: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super('TRANSACTION_INVALID', shortMessage, { context: { rule, ...context }, cause })
    this.rule = rule
  }
}
