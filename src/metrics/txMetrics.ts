import { formatEther, formatGwei } from 'viem'
import { ChainError, TaktError } from '../base/errors.ts'
import type { ObservedRequest } from '../jsonrpc/client.ts'
import type { L1TxBackend } from '../txmgr/backend.ts'
import type { TxManager } from '../txmgr/interface.ts'
import type { TxObserver } from '../txmgr/observer.ts'
import { classifyRefusal } from '../txmgr/sendRefusal.ts'
import type { MetricSet } from './metricSet.ts'
import { createRequestMetrics } from './requestMetrics.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/** The transaction manager of a service, measured. */
export interface TxMetrics {
  readonly observer: TxObserver
  readonly onL1Request: (request: ObservedRequest) => void
  /** The same backend, whose answers are measured. */
  observedBackend(backend: L1TxBackend): L1TxBackend
  /** Reads what the manager knows whenever metrics are read. */
  watch(transactions: Pick<TxManager, 'pending' | 'balance'>): void
}

/**
 * The `txmgr_…` metrics that op-batcher and op-proposer share, and the balance of the account.
 *
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/op-service/txmgr/metrics/tx_metrics.go
 */
export function createTxMetrics(
  metrics: ServiceMetrics,
  /** Is told as well. */
  other?: TxObserver,
): TxMetrics {
  const { named } = metrics
  const ofManager = { ...metrics, named: named.within('txmgr') }
  const noteRequest = createRequestMetrics(named)
  return {
    observer: createTxObserver(ofManager, other),
    onL1Request: (request) => noteRequest('l1', request),
    observedBackend: createBackendMetrics(ofManager),
    watch(transactions) {
      ofManager.named.gauge(
        'pending_txs',
        'Transactions without their confirmations',
        [],
        (gauge) => gauge.set(transactions.pending),
      )
      let isAsking = false
      // As of the reading before: whoever reads metrics is not to wait for L1.
      const balance = named.gauge('balance', 'What the account has, in ether', [], (gauge) => {
        if (isAsking) return
        isAsking = true
        transactions
          .balance()
          .then((wei) => gauge.set(Number(formatEther(wei))))
          .catch(() => undefined)
          .finally(() => {
            isAsking = false
          })
      })
      // Until it is known it must not look like 0.
      balance.remove()
    },
  }
}

function createTxObserver(
  { named, own, clock }: ServiceMetrics,
  other: TxObserver | undefined,
): TxObserver {
  const confirmed = named.event('confirm', 'confirmed transactions', clock, ['status'])
  const fee = named.gauge('tx_fee_gwei', 'What the last one cost, in gwei')
  const fees = named.counter('tx_fee_gwei_total', 'What all of them cost, in gwei')
  const feeHistogram = named.histogram(
    'tx_fee_histogram_gwei',
    'What transactions cost, in gwei',
    [0.5, 1, 2, 5, 10, 20, 40, 60, 80, 100, 200, 400, 800, 1600],
  )
  const raises = named.gauge('tx_gas_bump', 'How often the fees of the last one were raised')
  const latency = named.gauge(
    'tx_confirmed_latency_ms',
    'How long the last one took from being published to its confirmations',
  )
  const type = named.gauge('tx_type', 'EIP-2718 type of the last one')
  const failures = own.counter('transaction_failures_total', 'Transactions that were given up', [
    'code',
  ])
  return {
    onSend: (candidate) => other?.onSend(candidate),
    onConfirmed(tx) {
      const { gasUsed, effectiveGasPrice, blobGasUsed, blobGasPrice, succeeded } = tx.receipt
      // Differs: op-service leaves out what blobs cost.
      const cost = Number(formatGwei(gasUsed * effectiveGasPrice + blobGasUsed * blobGasPrice))
      confirmed.record({ status: succeeded ? 'success' : 'failed' })
      fee.set(cost)
      fees.inc(cost)
      feeHistogram.observe(cost)
      raises.set(tx.raises)
      latency.set(tx.durationMs)
      type.set(tx.hasBlobs ? 3 : 2)
      other?.onConfirmed(tx)
    },
    onFailed(error) {
      failures.inc({ code: error instanceof TaktError ? error.code : 'other' })
      other?.onFailed(error)
    },
  }
}

function createBackendMetrics({ named, clock }: ServiceMetrics) {
  const published = named.event('publish', 'transactions that a node took', clock)
  const refused = named.counter('tx_publish_error_count', 'Transactions refused by a node', [
    'error',
  ])
  const errors = named.counter('rpc_error_count', 'Requests to L1 without a usable answer')
  const latest = latestOf(named)
  return (backend: L1TxBackend): L1TxBackend => {
    async function watch<T>(answer: Promise<T>, note: (answer: T) => void = () => {}): Promise<T> {
      try {
        const value = await answer
        note(value)
        return value
      } catch (error) {
        if (error instanceof ChainError) errors.inc()
        throw error
      }
    }
    return {
      head: (signal) => watch(backend.head(signal), ({ baseFee }) => latest.baseFee(baseFee)),
      suggestedTip: (signal) => watch(backend.suggestedTip(signal), latest.tip),
      blobBaseFee: (signal) => watch(backend.blobBaseFee(signal), latest.blobBaseFee),
      blobTips: (number, signal) => watch(backend.blobTips(number, signal)),
      nonce: (address, label, signal) =>
        watch(backend.nonce(address, label, signal), (nonce) => {
          if (label === 'latest') latest.nonce(nonce)
        }),
      balance: (address, signal) => watch(backend.balance(address, signal)),
      estimateGas: (call, signal) => watch(backend.estimateGas(call, signal)),
      call: (call, signal) => watch(backend.call(call, signal)),
      sendRawTransaction: (raw, signal) =>
        watch(backend.sendRawTransaction(raw, signal), (refusal) => {
          const kind = refusal && classifyRefusal(refusal.message, [])
          if (kind === undefined) published.record()
          else if (kind !== 'known') refused.inc({ error: kind })
        }),
      receipt: (hash, signal) => watch(backend.receipt(hash, signal)),
    }
  }
}

/** What L1 last said. */
function latestOf(named: MetricSet) {
  const gauge = (name: string, help: string) => {
    const metric = named.gauge(name, help)
    return (value: bigint) => metric.set(Number(value))
  }
  return {
    baseFee: gauge('basefee_wei', 'Base fee of the newest L1 block'),
    tip: gauge('tipcap_wei', 'Tip that L1 suggests'),
    blobBaseFee: gauge('blob_basefee_wei', 'Blob base fee of the next L1 block'),
    nonce: gauge('current_nonce', 'Nonce of the account in the newest L1 block'),
  }
}
