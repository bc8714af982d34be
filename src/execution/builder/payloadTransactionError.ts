import { TaktError } from '../../base/errors.ts'

/** A transaction that the payload attributes dictate cannot be part of the block. */
export class PayloadTransactionError extends TaktError {
  constructor(index: number, cause: TaktError) {
    super('PAYLOAD_TRANSACTION', `transaction ${index} is invalid: ${cause.shortMessage}`, {
      context: { index },
      cause,
    })
  }
}
