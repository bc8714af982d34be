import { type MessagePort, parentPort } from 'node:worker_threads'
import { Limiter } from '../runtime/limiter.ts'
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

/** From the thread: first whether the library is there, then an answer to each call. */
export type FromKzg =
  | { readonly type: 'ready' }
  | { readonly type: 'missing'; readonly cause: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: unknown }

const callsAtOnce = 2

// The thread of startKzgThread. It ends by itself when it is told to close.
if (parentPort === null) throw new Error('this file is the entry of a worker thread')
await serveKzg(parentPort)

async function serveKzg(port: MessagePort): Promise<void> {
  const send = (message: FromKzg) => port.postMessage(message)
  let kzg: Kzg
  try {
    kzg = await loadKzg()
  } catch (error) {
    return send({ type: 'missing', cause: (error as Error).cause })
  }
  // What has not begun when it closes never does.
  const closing = new AbortController()
  const limiter = new Limiter(callsAtOnce)
  const calls = new Set<Promise<void>>()
  const answer = async ({ id, method, args }: ToKzg & { type: 'call' }) => {
    const run = kzg[method] as (...args: readonly unknown[]) => Promise<unknown>
    try {
      send({
        type: 'result',
        id,
        value: await limiter.run(() => run(...args), closing.signal),
      })
    } catch (error) {
      send({ type: 'error', id, error })
    }
  }
  port.on('message', async (message: ToKzg) => {
    if (message.type === 'call') {
      const call = answer(message).finally(() => calls.delete(call))
      calls.add(call)
    } else {
      closing.abort()
      // The library computes on threads of its own: were this one to end now, it would take the set-up
      // away under them, and the whole process would die of it.
      await Promise.all(calls)
      port.close()
    }
  })
  send({ type: 'ready' })
}
