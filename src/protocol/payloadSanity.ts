import { DecodeError } from '../base/errors.ts'
import type { ExecutionPayload } from './payload.ts'
import { isDepositTransaction } from './transaction.ts'

/**
 * Checks the shape that every L2 block but the genesis block has: at least one transaction, deposits first and nowhere
 * else.
 *
 * @throws {DecodeError} `PAYLOAD_EMPTY`, `PAYLOAD_NO_DEPOSIT`, `PAYLOAD_LATE_DEPOSIT`
 */
export function assertPayloadShape(payload: ExecutionPayload): void {
  const { transactions, blockHash } = payload
  const [first] = transactions
  if (first === undefined) {
    throw new DecodeError('PAYLOAD_EMPTY', `payload ${blockHash} has no transactions`)
  }
  if (!isDepositTransaction(first)) {
    throw new DecodeError(
      'PAYLOAD_NO_DEPOSIT',
      `the first transaction of payload ${blockHash} is no deposit but of type ${first[0]}`,
    )
  }
  const deposits = countLeadingDeposits(transactions)
  const late = transactions.findIndex((tx, index) => index > deposits && isDepositTransaction(tx))
  if (late !== -1) {
    throw new DecodeError(
      'PAYLOAD_LATE_DEPOSIT',
      `transaction ${late} of payload ${blockHash} is a deposit behind other transactions`,
    )
  }
}

/** How many deposits the list begins with. */
export function countLeadingDeposits(transactions: readonly Uint8Array[]): number {
  const first = transactions.findIndex((transaction) => !isDepositTransaction(transaction))
  return first === -1 ? transactions.length : first
}
