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
  ['transaction gas price below minimum: gas tip cap 1, minimum needed 2', 'underpriced'],
  ['max fee per blob gas less than block blob gas fee: address 0x blobGasFeeCap: 1', 'underpriced'],
  ['in-flight transaction limit reached for delegated accounts', 'full'],
  ['gapped-nonce tx from delegated accounts', 'nonceTooHigh'],
  ['exceeds block gas limit', 'other'],
  ['tx fee (2.00 ether) exceeds the configured cap (1.00 ether)', 'other'],
  ['intrinsic gas too low: gas 1, minimum needed 21000', 'other'],
  ['unexpected sidecar version, want: 1, got: 0', 'other'],
  // reth
  ['transaction type 3 conflicts with existing transaction for 0xab', 'reserved'],
  ['sender identified as a spammer: 0xab', 'full'],
  ['blob transaction is gapped: gapped nonce', 'nonceTooHigh'],
  ['insufficient gas price to replace existing transaction', 'underpriced'],
  ['transaction feeCap 1 below chain minimum', 'underpriced'],
  ['transaction priority fee below minimum required priority fee 2', 'underpriced'],
  ['transaction discarded outright due to pool size constraints', 'full'],
  ['rejected due to 0xab being identified as a spammer', 'full'],
  // Nethermind
  ['AlreadyKnown', 'known'],
  ['OldNonce, Current nonce: 5, nonce of rejected tx: 4', 'nonceTooLow'],
  ['NonceGap, Future nonce. Expected nonce: 5', 'nonceTooHigh'],
  ['ReplacementNotAllowed', 'underpriced'],
  ['FeeTooLow, MaxFeePerGas too low', 'underpriced'],
  ['FeeTooLowToCompete', 'full'],
  ['InsufficientFunds, Account balance: 0', 'underfunded'],
  ['PendingTxsOfConflictingType', 'reserved'],
  ['pending transaction type conflict', 'reserved'],
  ['nonce too far in future', 'nonceTooHigh'],
  // Besu
  ['Known transaction', 'known'],
  ['Nonce too low', 'nonceTooLow'],
  ['Upfront cost exceeds account balance', 'underfunded'],
  ['Gas price too low', 'underpriced'],
  ['Gas price below configured minimum gas price', 'underpriced'],
  ['Gas price below current base fee', 'underpriced'],
  ['Replacement transaction underpriced', 'underpriced'],
  ['Transaction nonce is too distant from current sender nonce', 'nonceTooHigh'],
  // Erigon and anvil
  ['existing tx with same hash', 'known'],
  ['existing txn with same hash', 'known'],
  ["can't replace blob-txn with a non-blob-txn", 'reserved'],
  ['could not replace existing tx', 'underpriced'],
  ['underpriced', 'underpriced'],
  ['fee too low', 'underpriced'],
  ['pending sub-pool is full', 'full'],
  ['blobs limit in txpool is full', 'full'],
  ['insufficient funds', 'underfunded'],
  ['transaction already imported', 'known'],
  ['Insufficient funds for gas * price + value', 'underfunded'],
])('%j is %s', (message, kind) => {
  expect(classifyRefusal(message, [])).toBe(kind)
})

test('a gateway may have words of its own for a transaction that it has', () => {
  expect(classifyRefusal('tx is in our queue', ['in our queue'])).toBe('known')
})
