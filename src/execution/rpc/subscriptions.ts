import { randomBytes } from 'node:crypto'
import { DecodeError } from '../../base/errors.ts'
import { bytesToHex, type Hex, parseHex } from '../../base/hex.ts'
import type { RpcContext, RpcMethods } from '../../jsonrpc/dispatch.ts'
import { optionalParam, type Parser, param } from '../../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import type { CanonicalChange } from '../chain/chainStore.ts'
import { headerToJson } from './blockJson.ts'
import { blockLogsToJson, type LogCriteria, parseLogCriteria } from './logQuery.ts'
import { parseFlag } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { transactionToJson } from './transactionJson.ts'

const maxPerClient = 128

/** `eth_subscribe` and `eth_unsubscribe`, for clients that came over WebSocket. */
export function subscriptionMethods({ events, pool }: RpcDeps): RpcMethods {
  // The context of a connection is one object for its whole life.
  const clients = new WeakMap<RpcContext, Map<Hex, () => void>>()

  const subscriptionsOf = (context: RpcContext): Map<Hex, () => void> => {
    const known = clients.get(context)
    if (known !== undefined) return known
    const subscriptions = new Map<Hex, () => void>()
    clients.set(context, subscriptions)
    context.signal.addEventListener('abort', () => {
      for (const end of subscriptions.values()) end()
    })
    return subscriptions
  }

  const begin = (params: unknown[], send: (result: unknown) => void): (() => void) => {
    switch (param(params, 0, parseSubscriptionName)) {
      case 'newHeads':
        return events.onCanonicalChange(({ added }) => {
          for (const { header, hash } of added) send(headerToJson(header, hash))
        })
      case 'logs': {
        const criteria = optionalParam(params, 1, parseLogCriteria) ?? anyLog
        return events.onCanonicalChange((change) => sendLogs(change, criteria, send))
      }
      case 'newPendingTransactions': {
        const isFull = optionalParam(params, 1, parseFlag) ?? false
        return pool.onPending(({ hash, transaction }) =>
          send(isFull ? transactionToJson(transaction, undefined) : hash),
        )
      }
    }
  }

  return {
    eth_subscribe: async (params, context) => {
      const { notify } = context
      if (notify === undefined) {
        throw new RpcError(
          rpcErrorCodes.methodNotSupported,
          'notifications not supported: subscribe over WebSocket',
        )
      }
      const subscriptions = subscriptionsOf(context)
      if (subscriptions.size >= maxPerClient) {
        throw new RpcError(rpcErrorCodes.limitExceeded, `more than ${maxPerClient} subscriptions`)
      }
      const id = bytesToHex(randomBytes(16))
      const send = (result: unknown) => notify('eth_subscription', { subscription: id, result })
      subscriptions.set(id, begin(params, send))
      return id
    },
    eth_unsubscribe: async (params, context) => {
      const id = param(params, 0, parseSubscriptionId)
      const subscriptions = subscriptionsOf(context)
      subscriptions.get(id)?.()
      return subscriptions.delete(id)
    },
  }
}

const anyLog: LogCriteria = { addresses: [], topics: [] }

function sendLogs(
  { removed, added }: CanonicalChange,
  criteria: LogCriteria,
  send: (result: unknown) => void,
): void {
  const sendOf = (blocks: readonly BlockRecord[], isRemoved: boolean) => {
    for (const block of blocks) {
      for (const log of blockLogsToJson(block, criteria, isRemoved)) send(log)
    }
  }
  sendOf(removed, true)
  sendOf(added, false)
}

const subscriptionNames = ['newHeads', 'logs', 'newPendingTransactions'] as const

const parseSubscriptionName: Parser<(typeof subscriptionNames)[number]> = (json) => {
  const name = subscriptionNames.find((known) => known === json)
  if (name !== undefined) return name
  throw new DecodeError(
    'SUBSCRIPTION_UNKNOWN',
    `no subscription ${JSON.stringify(json)}, there are ${subscriptionNames.join(', ')}`,
  )
}

const parseSubscriptionId: Parser<Hex> = (json) => parseHex(json, 16)
