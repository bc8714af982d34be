import { type MessagePort, parentPort } from 'node:worker_threads'
import { type Kzg, loadKzg } from './kzg.ts'

/** A call, to the thread. */
export interface ToKzg {
  readonly id: number
  readonly method: keyof Kzg
  readonly args: readonly unknown[]
}

/** From the thread: first whether the library is there, then an answer to each call. */
export type FromKzg =
  | { readonly type: 'ready' }
  | { readonly type: 'missing'; readonly cause: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: unknown }

// The thread of startKzgThread. It is ended by its parent.
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
  port.on('message', async ({ id, method, args }: ToKzg) => {
    const run = kzg[method] as (...args: readonly unknown[]) => Promise<unknown>
    try {
      send({ type: 'result', id, value: await run(...args) })
    } catch (error) {
      send({ type: 'error', id, error })
    }
  })
  send({ type: 'ready' })
}
