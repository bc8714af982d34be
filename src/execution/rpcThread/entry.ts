import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { RpcContext } from '../../jsonrpc/dispatch.ts'
import { createMessageServer } from '../../jsonrpc/server.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createPortLogger } from '../worker/portLogger.ts'
import { errorToWire } from '../worker/wireError.ts'
import type { FromRpcThread, RpcThreadOptions, ToRpcThread } from './messages.ts'
import { RpcClients } from './rpcClients.ts'

// The thread that speaks HTTP and WebSocket with users. It ends by itself when it is told to close.
if (parentPort === null) throw new Error('this file is the entry of a worker thread')
await serveUsers(workerData as RpcThreadOptions, parentPort)

async function serveUsers(options: RpcThreadOptions, port: MessagePort): Promise<void> {
  const send = (message: FromRpcThread) => port.postMessage(message)
  const closing = Promise.withResolvers<void>()
  const answers = new Map<number, (text: string | undefined) => void>()
  const clients = new RpcClients((client) => send({ type: 'gone', client }))
  port.on('message', (message: ToRpcThread) => {
    if (message.type === 'close') closing.resolve()
    else if (message.type === 'notify') clients.notify(message)
    else {
      answers.get(message.id)?.(message.text)
      answers.delete(message.id)
    }
  })

  let lastId = 0
  const handle = (text: string, context: RpcContext) =>
    new Promise<string | undefined>((resolve) => {
      const id = ++lastId
      answers.set(id, resolve)
      const stays = context.notify !== undefined
      send({ type: 'message', id, client: clients.numberOf(context), stays, text })
    })
  try {
    const logger = createPortLogger((message) => port.postMessage(message))
    const server = await createMessageServer(options, { handle, logger, clock: systemClock })
    send({ type: 'ready', port: server.port, url: server.url, wsUrl: server.wsUrl })
    await closing.promise
    await server.close()
  } catch (error) {
    send({ type: 'failed', error: errorToWire(error) })
  }
  port.close()
}
