import { type MessagePort, parentPort } from 'node:worker_threads'
import { type Kzg, loadKzg } from './kzg.ts'

/** To the thread. */
export type ToKzg =
  | {
      readonly type: 'call'
      readonly id: number
      readonly method: keyof Kzg
      readonly args: readonly unknown[]
    }
  | { readonly type: 'close' }

/** From the thread: first that it can be called, then an answer to each call. */
export type FromKzg =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: unknown }

// The thread of startKzgThread. It ends by itself when it is told to close.
if (parentPort === null) throw new Error('this file is the entry of a worker thread')
await serveKzg(parentPort)

async function serveKzg(port: MessagePort): Promise<void> {
  const send = (message: FromKzg) => port.postMessage(message)
  const kzg = await loadKzg()
  port.on('message', async (message: ToKzg) => {
    if (message.type === 'close') return port.close()
    const { id, method, args } = message
    const run = kzg[method] as (...args: readonly unknown[]) => Promise<unknown>
    try {
      send({ type: 'result', id, value: await run(...args) })
    } catch (error) {
      send({ type: 'error', id, error })
    }
  })
  send({ type: 'ready' })
}
