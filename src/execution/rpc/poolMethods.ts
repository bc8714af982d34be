import type { Address } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { param } from '../../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import { PoolError } from '../pool/poolError.ts'
import type { PooledTransaction } from '../pool/pooledTransaction.ts'
import type { SenderQueue } from '../pool/senderQueue.ts'
import { parseAddress, parseBytes } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { transactionToJson } from './transactionJson.ts'

/** Sending transactions, and looking at those that wait. */
export function poolMethods({ pool, submit }: RpcDeps): RpcMethods {
  return {
    eth_sendRawTransaction: async (params) => {
      const raw = param(params, 0, parseBytes)
      try {
        return submit(raw)
      } catch (error) {
        if (!(error instanceof PoolError)) throw error
        throw new RpcError(rpcErrorCodes.serverError, error.shortMessage, undefined, {
          cause: error,
        })
      }
    },
    txpool_status: async () => ({
      pending: encodeQuantity(pool.pendingCount),
      queued: encodeQuantity(pool.queuedCount),
    }),
    txpool_content: async () => listBySender(pool.senders(), describe),
    txpool_contentFrom: async (params) => {
      const queue = pool.sender(param(params, 0, parseAddress))
      return {
        pending: queue === undefined ? {} : byNonce(queue.pending(), describe),
        queued: queue === undefined ? {} : byNonce(queue.queued(), describe),
      }
    },
    txpool_inspect: async () => listBySender(pool.senders(), summarize),
  }
}

type Describe = (transaction: PooledTransaction) => unknown

const describe: Describe = ({ transaction }) => transactionToJson(transaction, undefined)

/** geth's one line for people. */
const summarize: Describe = ({ transaction }) => {
  const { to, value, gasLimit, maxFeePerGas } = transaction
  const target = to === undefined ? 'contract creation' : to
  return `${target}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`
}

function listBySender(senders: Iterable<SenderQueue>, describe: Describe): unknown {
  const pending: Record<Address, unknown> = {}
  const queued: Record<Address, unknown> = {}
  for (const queue of senders) {
    if (queue.pendingCount > 0) pending[queue.address] = byNonce(queue.pending(), describe)
    if (queue.pendingCount < queue.size) queued[queue.address] = byNonce(queue.queued(), describe)
  }
  return { pending, queued }
}

function byNonce(
  transactions: readonly PooledTransaction[],
  describe: Describe,
): Record<string, unknown> {
  return Object.fromEntries(transactions.map((item) => [`${item.nonce}`, describe(item)]))
}
