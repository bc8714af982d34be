import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { L1TxBackend } from './backend.ts'

/** The same L1, each of whose calls ends within `timeoutMs`: {ChainError} `temporary` `TIMEOUT`. */
export function timedBackend(
  backend: L1TxBackend,
  timeoutMs: number,
  deps: { readonly clock: Clock },
): L1TxBackend {
  const timed = <T>(
    what: string,
    call: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ) => withTimeout(deps.clock, timeoutMs, `L1's answer to ${what}`, call, signal)
  return {
    head: (signal) => timed('the newest block', (signal) => backend.head(signal), signal),
    suggestedTip: (signal) => timed('the tip', (signal) => backend.suggestedTip(signal), signal),
    blobBaseFee: (signal) =>
      timed('the blob base fee', (signal) => backend.blobBaseFee(signal), signal),
    blobTips: (number, signal) =>
      timed('the tips for blobs', (signal) => backend.blobTips(number, signal), signal),
    nonce: (address, label, signal) =>
      timed('the nonce', (signal) => backend.nonce(address, label, signal), signal),
    balance: (address, signal) =>
      timed('the balance', (signal) => backend.balance(address, signal), signal),
    estimateGas: (call, signal) =>
      timed('the gas estimate', (signal) => backend.estimateGas(call, signal), signal),
    call: (call, signal) => timed('the call', (signal) => backend.call(call, signal), signal),
    sendRawTransaction: (raw, signal) =>
      timed('the transaction', (signal) => backend.sendRawTransaction(raw, signal), signal),
    receipt: (hash, signal) =>
      timed('the receipt', (signal) => backend.receipt(hash, signal), signal),
  }
}
