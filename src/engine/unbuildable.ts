import { DecodeError, TaktError } from '../base/errors.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { SignedTransaction } from '../protocol/signedTransaction.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'

/**
 * Why an engine that fails to build a block of these attributes, with the error that it has for its own trouble, will
 * never build one.
 *
 * Batches are not checked for transactions that nobody can execute. Engines call attributes invalid for some of them;
 * for others op-geth answers `forkchoiceUpdated` with -32000 or crashes in it, and op-reth fails in `getPayload`.
 *
 * Differs: op-node asks again for ever. The fault proof takes such attributes for invalid.
 *
 * @param error - What `forkchoiceUpdated` or `getPayload` failed with.
 * @returns `undefined` when nothing speaks against the attributes: the same ones may do later.
 */
export function unbuildable(attributes: PayloadAttributes, error: unknown): TaktError | undefined {
  if (!(error instanceof EngineApiError)) return undefined
  return saysBlockIsTooSmall(error) ? error : unusableTransaction(attributes)
}

/** How much gas the transactions before have left over only an engine knows. */
function saysBlockIsTooSmall({ rpcMessage }: EngineApiError): boolean {
  return /gas limit \d+ is more than blocks available gas/i.test(rpcMessage)
}

/** What is wrong with the first transaction that no block can hold, on whatever state. */
function unusableTransaction({ transactions, gasLimit }: PayloadAttributes): TaktError | undefined {
  for (const [index, raw] of transactions.entries()) {
    if (isDepositTransaction(raw)) continue
    const cause = problemOf(raw, gasLimit)
    if (cause === undefined) continue
    const message = `transaction ${index} cannot be executed: ${cause.shortMessage}`
    return new TaktError('TRANSACTION_UNUSABLE', message, { context: { index }, cause })
  }
  return undefined
}

function problemOf(raw: Uint8Array, blockGasLimit: bigint): TaktError | undefined {
  try {
    const transaction = new SignedTransaction(raw)
    // Whoever asks for it has the signer recovered.
    void transaction.sender
    if (transaction.gasLimit <= blockGasLimit) return undefined
    const gas = `${transaction.gasLimit} gas are more than the ${blockGasLimit} of a block`
    return new TaktError('TRANSACTION_GAS', gas)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}
