import { Worker } from 'node:worker_threads'
import { TaktError } from '../base/errors.ts'
import { type Kzg, kzgMissing } from './kzg.ts'
import type { FromKzg, ToKzg } from './kzgThreadEntry.ts'

/** The polynomial commitments of EIP-4844 in a thread of their own, set-up included. */
export interface KzgThread extends Kzg {
  /** Ends the thread. Calls in flight, and later ones, are rejected with {TaktError} `KZG_GONE`. */
  close(): Promise<void>
}

/**
 * Starts the thread. It keeps the process alive only while it has something to do.
 *
 * @throws {ConfigError} `KZG_MISSING` on a platform that the library has no build for.
 */
export async function startKzgThread(): Promise<KzgThread> {
  // From source Node strips the types itself; in the published package the file is JavaScript.
  const file = import.meta.url.endsWith('.ts') ? './kzgThreadEntry.ts' : './kzgThreadEntry.js'
  const worker = new Worker(new URL(file, import.meta.url), { name: 'takt-kzg' })
  const calls = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  let lastId = 0
  let gone: TaktError | undefined

  const end = (cause?: unknown) => {
    gone ??= new TaktError('KZG_GONE', 'the thread that proves blobs has ended', { cause })
    ready.reject(gone)
    for (const { reject } of calls.values()) reject(gone)
    calls.clear()
  }
  worker.on('error', end)
  worker.on('exit', () => end())
  worker.on('message', (message: FromKzg) => {
    if (message.type === 'ready') return ready.resolve()
    if (message.type === 'missing') return ready.reject(kzgMissing(message.cause))
    const call = calls.get(message.id)
    calls.delete(message.id)
    if (calls.size === 0) worker.unref()
    if (message.type === 'result') call?.resolve(message.value)
    else call?.reject(message.error)
  })

  function call<T>(method: keyof Kzg, args: readonly unknown[]): Promise<T> {
    if (gone !== undefined) return Promise.reject(gone)
    const result = Promise.withResolvers<unknown>()
    const message: ToKzg = { id: ++lastId, method, args }
    calls.set(message.id, result)
    worker.ref()
    worker.postMessage(message)
    return result.promise as Promise<T>
  }

  try {
    await ready.promise
  } catch (error) {
    await worker.terminate()
    throw error
  }
  worker.unref()
  return {
    commit: (blob) => call('commit', [blob]),
    verify: (...args) => call('verify', args),
    prove: (...args) => call('prove', args),
    proveCells: (blob) => call('proveCells', [blob]),
    async close() {
      end()
      await worker.terminate()
    },
  }
}
