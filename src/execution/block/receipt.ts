import type { Address, Hash } from '../../base/hex.ts'
import { logsBloom } from '../../protocol/logsBloom.ts'
import type { Receipt } from '../../protocol/receipt.ts'
import type { FeeParameters } from '../fees/feeParameters.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { createdContractAddress, type TransitionResult } from '../transaction/transition.ts'

/** A receipt with all that JSON-RPC tells of a transaction beside its place in the chain. */
export interface ExecutionReceipt extends Receipt {
  readonly transactionHash: Hash
  readonly from: Address
  /** `undefined` where a contract was to be created. */
  readonly to: Address | undefined
  /** Where the contract is, or would be had creating it not failed. */
  readonly contractAddress: Address | undefined
  readonly gasUsed: bigint
  /** Wei; 0 for deposits. */
  readonly effectiveGasPrice: bigint
  /** What the OP Stack charged; `undefined` for deposits. */
  readonly opFees: ReceiptFees | undefined
}

/** The OP Stack's fees of one signed transaction, and what they were reckoned from. */
export interface ReceiptFees {
  /** Wei. */
  readonly l1Fee: bigint
  readonly l1GasUsed: bigint
  readonly operatorFee: bigint
  /** Gas that its data took of the block; `undefined` before Jovian. */
  readonly daFootprint: bigint | undefined
  readonly parameters: FeeParameters
}

/** The receipt of a transaction that was applied. */
export function receiptOf(
  transaction: Transaction,
  result: TransitionResult,
  details: Pick<
    ExecutionReceipt,
    'cumulativeGasUsed' | 'effectiveGasPrice' | 'opFees' | 'depositNonce' | 'depositReceiptVersion'
  > & {
    /** Of the sender, before the transaction. */
    readonly nonce: bigint
  },
): ExecutionReceipt {
  const { nonce, ...rest } = details
  const { type, hash, sender, to } = transaction
  return {
    type,
    succeeded: result.succeeded,
    logsBloom: logsBloom(result.logs),
    logs: result.logs,
    transactionHash: hash,
    from: sender,
    to,
    contractAddress: to === undefined ? createdContractAddress(sender, nonce) : undefined,
    gasUsed: result.gasUsed,
    ...rest,
  }
}
