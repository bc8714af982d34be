import { bytesToHex } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { transactionTypes } from '../../protocol/transaction.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import { type ExecutionChainConfig, type ForkRules, rulesAt } from '../chainConfig.ts'
import { daFootprint } from '../fees/daFootprint.ts'
import { type FeeParameters, readFeeParameters } from '../fees/feeParameters.ts'
import { l1Fee, l1GasUsed } from '../fees/l1Fee.ts'
import type { WorldState } from '../state/worldState.ts'
import { decodeTransaction, type Transaction } from '../transaction/transaction.ts'
import { createdContractAddress } from '../transaction/transition.ts'
import { effectiveGasPrice } from '../transaction/validity.ts'
import { logToJson } from './logQuery.ts'

/** Makes receipts of one block into JSON. */
export interface ReceiptFormatter {
  /** The receipt of the transaction at that index, as `eth_getTransactionReceipt` gives it. */
  receipt(index: number): Record<string, unknown>
}

/**
 * @param state - After the block: the L1Block contract then still says what the block's fees were made from.
 * @see https://docs.optimism.io/app-developers/guides/transactions/fees
 */
export function createReceiptFormatter(
  config: ExecutionChainConfig,
  block: BlockRecord,
  state: WorldState,
): ReceiptFormatter {
  const { header, hash, transactions, outcomes } = block
  const rules = rulesAt(config, header.timestamp)
  const fees = readFeeParameters((address, slot) => state.storage(address, slot), rules)
  const firstLogIndexes = [0]
  for (const { receipt } of outcomes) {
    firstLogIndexes.push(firstLogIndexes.at(-1)! + receipt.logs.length)
  }

  return {
    receipt(index) {
      const transaction = decodeTransaction(transactions[index]!)
      const { receipt, sender } = outcomes[index]!
      const before = index === 0 ? 0n : outcomes[index - 1]!.receipt.cumulativeGasUsed
      return {
        transactionHash: transaction.hash,
        transactionIndex: encodeQuantity(index),
        blockHash: hash,
        blockNumber: encodeQuantity(header.number),
        from: sender,
        to: transaction.to ?? null,
        contractAddress:
          transaction.to === undefined
            ? createdContractAddress(sender, nonceOf(transaction, receipt))
            : null,
        cumulativeGasUsed: encodeQuantity(receipt.cumulativeGasUsed),
        gasUsed: encodeQuantity(receipt.cumulativeGasUsed - before),
        effectiveGasPrice: encodeQuantity(
          transaction.type === transactionTypes.deposit
            ? 0n
            : effectiveGasPrice(transaction, header.baseFeePerGas ?? 0n),
        ),
        logs: receipt.logs.map((log, i) =>
          logToJson(block, index, log, firstLogIndexes[index]! + i),
        ),
        logsBloom: bytesToHex(receipt.logsBloom),
        type: encodeQuantity(transaction.type),
        status: receipt.succeeded ? '0x1' : '0x0',
        ...depositFields(receipt),
        ...feeFields(transaction, fees, rules),
      }
    },
  }
}

function nonceOf(transaction: Transaction, receipt: { depositNonce: bigint | undefined }): bigint {
  return transaction.type === transactionTypes.deposit
    ? (receipt.depositNonce ?? 0n)
    : transaction.nonce
}

function depositFields(receipt: {
  readonly depositNonce: bigint | undefined
  readonly depositReceiptVersion: bigint | undefined
}): Record<string, unknown> {
  const { depositNonce, depositReceiptVersion } = receipt
  return {
    ...(depositNonce !== undefined && { depositNonce: encodeQuantity(depositNonce) }),
    ...(depositReceiptVersion !== undefined && {
      depositReceiptVersion: encodeQuantity(depositReceiptVersion),
    }),
  }
}

/** What the transaction paid for its data and to the operator, and the parameters behind it. */
function feeFields(
  transaction: Transaction,
  fees: FeeParameters,
  rules: ForkRules,
): Record<string, unknown> {
  const isDeposit = transaction.type === transactionTypes.deposit
  const fee = isDeposit ? 0n : l1Fee(transaction.raw, fees, rules)
  return {
    l1Fee: encodeQuantity(fee),
    l1GasPrice: encodeQuantity(fees.l1BaseFee),
    l1GasUsed: encodeQuantity(isDeposit ? 0n : l1GasUsed(transaction.raw, fees, rules)),
    ...(fees.l1.type === 'bedrock'
      ? { l1FeeScalar: decimalScalar(fees.l1.scalar) }
      : {
          l1BaseFeeScalar: encodeQuantity(fees.l1.baseFeeScalar),
          l1BlobBaseFee: encodeQuantity(fees.l1.blobBaseFee),
          l1BlobBaseFeeScalar: encodeQuantity(fees.l1.blobBaseFeeScalar),
        }),
    ...operatorFields(fees),
    ...(fees.daFootprintGasScalar !== undefined && {
      daFootprintGasScalar: encodeQuantity(fees.daFootprintGasScalar),
      blobGasUsed: encodeQuantity(isDeposit ? 0n : daFootprint(transaction.raw, fees)),
    }),
  }
}

/** Present when at least one of the two is set. */
function operatorFields({ operator }: FeeParameters): Record<string, unknown> {
  if (operator === undefined || (operator.scalar === 0n && operator.constant === 0n)) return {}
  return {
    operatorFeeScalar: encodeQuantity(operator.scalar),
    operatorFeeConstant: encodeQuantity(operator.constant),
  }
}

/** The scalar is in millionths; receipts have it as a decimal fraction. */
function decimalScalar(scalar: bigint): string {
  const fraction = (scalar % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '')
  return fraction === '' ? `${scalar / 1_000_000n}` : `${scalar / 1_000_000n}.${fraction}`
}
