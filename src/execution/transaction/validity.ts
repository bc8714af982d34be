import type { Fork } from '../../chain/forks.ts'
import type { SignedTransaction } from '../../protocol/signedTransaction.ts'
import { transactionTypes } from '../../protocol/transaction.ts'
import type { ExecutionChainConfig, ForkRules } from '../chainConfig.ts'
import type { FeeParameters } from '../fees/feeParameters.ts'
import { l1Fee } from '../fees/l1Fee.ts'
import { operatorFee } from '../fees/operatorFee.ts'
import { type Account, emptyCodeHash } from '../state/account.ts'
import { isDelegation } from './authorizations.ts'
import {
  floorGas,
  intrinsicGas,
  isInitCodeTooLarge,
  maxInitCodeBytes,
  maxTransactionGas,
} from './intrinsicGas.ts'
import { TransactionInvalidError } from './invalid.ts'

/**
 * Checks what a transaction says by itself: chain, type, gas limit, fee caps. Recovers the sender.
 *
 * @throws {TransactionInvalidError}
 */
export function assertWellFormed(
  transaction: SignedTransaction,
  config: ExecutionChainConfig,
  rules: ForkRules,
): void {
  assertSignature(transaction)
  const { type, chainId, gasLimit } = transaction
  if (chainId !== undefined && chainId !== config.chainId) {
    throw new TransactionInvalidError(
      'chainId',
      `transaction is for chain ${chainId}, this is chain ${config.chainId}`,
    )
  }
  if (type === transactionTypes.setCode && !rules.isActive('isthmus')) {
    throw notActive(type, 'isthmus', rules.fork)
  }
  if (type === transactionTypes.setCode && transaction.authorizations.length === 0) {
    throw new TransactionInvalidError(
      'noAuthorizations',
      'set-code transaction has no authorization',
    )
  }
  if (transaction.maxPriorityFeePerGas > transaction.maxFeePerGas) {
    throw new TransactionInvalidError(
      'tipAboveFeeCap',
      `max priority fee ${transaction.maxPriorityFeePerGas} is above max fee ${transaction.maxFeePerGas}`,
    )
  }
  if ((gasLimit * transaction.maxFeePerGas) >> 256n !== 0n) {
    throw new TransactionInvalidError(
      'insufficientFunds',
      `gas limit ${gasLimit} at max fee ${transaction.maxFeePerGas} is more than any account can have`,
    )
  }
  if (transaction.nonce >= maxNonce) {
    throw new TransactionInvalidError(
      'nonceExhausted',
      `nonce ${transaction.nonce} cannot be raised`,
    )
  }
  if (rules.isActive('karst') && gasLimit > maxTransactionGas) {
    throw new TransactionInvalidError(
      'gasAboveCap',
      `gas limit ${gasLimit} is above the cap of ${maxTransactionGas} for one transaction`,
    )
  }
  if (isInitCodeTooLarge(transaction, rules)) {
    throw new TransactionInvalidError(
      'initCodeTooLarge',
      `init code has ${transaction.data.length} bytes, at most ${maxInitCodeBytes} are allowed`,
    )
  }
  const intrinsic = intrinsicGas(transaction, rules)
  if (gasLimit < intrinsic) {
    throw new TransactionInvalidError(
      'gasBelowIntrinsic',
      `gas limit ${gasLimit} is below the intrinsic gas of ${intrinsic}`,
    )
  }
  const floor = floorGas(transaction.data, rules)
  if (gasLimit < floor) {
    throw new TransactionInvalidError(
      'gasBelowFloor',
      `gas limit ${gasLimit} is below the floor of ${floor} that its data sets`,
    )
  }
}

/**
 * Checks that the sender may send the transaction now: next nonce, no code, funds for the worst case.
 *
 * @param code - Reads the sender's code.
 * @throws {TransactionInvalidError}
 */
export function assertSender(
  transaction: SignedTransaction,
  account: Account,
  code: () => Uint8Array,
  cost: bigint,
): void {
  const { sender, nonce } = transaction
  if (nonce !== account.nonce) {
    const rule = nonce < account.nonce ? 'nonceTooLow' : 'nonceTooHigh'
    const message = `nonce ${nonce} of ${sender} is too ${nonce < account.nonce ? 'low' : 'high'}`
    throw new TransactionInvalidError(rule, `${message}: the next one is ${account.nonce}`)
  }
  if (account.codeHash !== emptyCodeHash && !isDelegation(code())) {
    throw new TransactionInvalidError('senderHasCode', `sender ${sender} is a contract`)
  }
  if (account.balance < cost) {
    throw new TransactionInvalidError(
      'insufficientFunds',
      `${sender} has ${account.balance} wei, the transaction may cost ${cost}`,
    )
  }
}

/** Wei that a sender must own: value, all gas at the fee cap, L1 fee and operator fee. */
export function maxCost(
  transaction: SignedTransaction,
  parameters: FeeParameters,
  rules: ForkRules,
): bigint {
  const { gasLimit, maxFeePerGas, value, raw } = transaction
  return (
    value +
    gasLimit * maxFeePerGas +
    l1Fee(raw, parameters, rules) +
    operatorFee(gasLimit, parameters, rules)
  )
}

/**
 * Wei per gas that a transaction pays at a base fee.
 *
 * @throws {TransactionInvalidError} `feeCapBelowBaseFee`
 */
export function effectiveGasPrice(transaction: SignedTransaction, baseFee: bigint): bigint {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction
  if (maxFeePerGas < baseFee) {
    throw new TransactionInvalidError(
      'feeCapBelowBaseFee',
      `max fee ${maxFeePerGas} is below the base fee ${baseFee}`,
    )
  }
  const price = baseFee + maxPriorityFeePerGas
  if (price > maxFeePerGas) return maxFeePerGas
  return price
}

/** EIP-2681: the first nonce that no transaction can have. */
const maxNonce = 2n ** 64n - 1n

function assertSignature(transaction: SignedTransaction): void {
  try {
    // Recovering the sender is the check.
    void transaction.sender
  } catch (cause) {
    const message = `transaction ${transaction.hash} has no valid signature`
    throw new TransactionInvalidError('signature', message, {}, cause)
  }
}

function notActive(type: number, since: Fork, fork: Fork): TransactionInvalidError {
  return new TransactionInvalidError(
    'typeNotActive',
    `transactions of type ${type} are valid from ${since} on, the block is under ${fork}`,
  )
}
