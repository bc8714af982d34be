import { expect, test } from 'vitest'
import { classifyRefusal } from './sendRefusal.ts'

test.each([
  // geth
  ['already known', 'known'],
  ['nonce too low: next nonce 5, tx nonce 4', 'nonceTooLow'],
  ['nonce too high: tx nonce 9, gapped nonce 5', 'nonceTooHigh'],
  ['replacement transaction underpriced: new tx gas fee cap 1 < 2', 'underpriced'],
  ['transaction underpriced: tip needed 1, tip permitted 0', 'underpriced'],
  ['max fee per gas less than block base fee: address 0x', 'underpriced'],
  ['address already reserved', 'reserved'],
  ['txpool is full', 'full'],
  ['account limit exceeded: pooled 16 txs', 'full'],
  ['insufficient funds for gas * price + value: balance 0, tx cost 1', 'underfunded'],
  ['exceeds block gas limit', 'other'],
  // reth
  ['transaction type 3 conflicts with existing transaction for 0xab', 'reserved'],
  ['sender identified as a spammer: 0xab', 'full'],
  ['blob transaction is gapped: gapped nonce', 'nonceTooHigh'],
  // Nethermind
  ['AlreadyKnown', 'known'],
  ['OldNonce, Current nonce: 5, nonce of rejected tx: 4', 'nonceTooLow'],
  ['NonceGap, Future nonce. Expected nonce: 5', 'nonceTooHigh'],
  ['ReplacementNotAllowed', 'underpriced'],
  ['FeeTooLow, MaxFeePerGas too low', 'underpriced'],
  ['FeeTooLowToCompete', 'full'],
  ['InsufficientFunds, Account balance: 0', 'underfunded'],
  ['PendingTxsOfConflictingType', 'reserved'],
  // Besu
  ['Known transaction', 'known'],
  ['Nonce too low', 'nonceTooLow'],
  ['Upfront cost exceeds account balance', 'underfunded'],
  ['Gas price too low', 'underpriced'],
  // Erigon and anvil
  ['existing tx with same hash', 'known'],
  ['transaction already imported', 'known'],
  ['Insufficient funds for gas * price + value', 'underfunded'],
])('%j is %s', (message, kind) => {
  expect(classifyRefusal(message, [])).toBe(kind)
})

test('a gateway may have words of its own for a transaction that it has', () => {
  expect(classifyRefusal('tx is in our queue', ['in our queue'])).toBe('known')
})
