import { TaktError } from '../base/errors.ts'
import { startThread } from '../runtime/startThread.ts'
import { type Kzg, kzgMissing } from './kzg.ts'
import type { FromKzg, ToKzg } from './kzgThreadEntry.ts'

/** The polynomial commitments of EIP-4844 in a thread of their own, set-up included. */
export interface KzgThread extends Kzg {
  /** Ends the thread once it has finished what it computes. Calls are rejected at once: {TaktError} `KZG_GONE`. */
  close(): Promise<void>
}

/** Starts a thread when it is first needed, and another one should it die. */
export interface KzgLoader {
  /** @throws {ConfigError} `KZG_MISSING` */
  load(): Promise<Kzg>
  close(): Promise<void>
}

export function createKzgLoader(): KzgLoader {
  let thread: Promise<KzgThread> | undefined
  const forget = () => {
    thread = undefined
  }
  return {
    load() {
      thread ??= startKzgThread(forget)
      return thread
    },
    async close() {
      // One that could not start is not there to be ended.
      const started = await thread?.catch(() => undefined)
      await started?.close()
    },
  }
}

/**
 * Starts the thread. It keeps the process alive only while it has something to do.
 *
 * @param onEnd - Called when it has ended, for whatever reason.
 * @throws {ConfigError} `KZG_MISSING` on a platform that the library has no build for.
 */
export async function startKzgThread(onEnd?: () => void): Promise<KzgThread> {
  const worker = startThread('./kzgThreadEntry', import.meta.url, { name: 'takt-kzg' })
  const calls = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  let lastId = 0
  let gone: TaktError | undefined

  const end = (cause?: unknown) => {
    onEnd?.()
    gone ??= new TaktError('KZG_GONE', 'the thread that proves blobs has ended', { cause })
    ready.reject(gone)
    for (const { reject } of calls.values()) reject(gone)
    calls.clear()
  }
  worker.on('error', end)
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end()
      resolve()
    })
  })
  worker.on('message', (message: FromKzg) => {
    if (message.type === 'ready') return ready.resolve()
    if (message.type === 'missing') return ready.reject(kzgMissing(message.cause))
    const call = calls.get(message.id)
    calls.delete(message.id)
    if (calls.size === 0 && gone === undefined) worker.unref()
    if (message.type === 'result') call?.resolve(message.value)
    else call?.reject(message.error)
  })

  const send = (message: ToKzg) => worker.postMessage(message)

  function call<T>(method: keyof Kzg, args: readonly unknown[]): Promise<T> {
    if (gone !== undefined) return Promise.reject(gone)
    const result = Promise.withResolvers<unknown>()
    const id = ++lastId
    calls.set(id, result)
    worker.ref()
    send({ type: 'call', id, method, args })
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
      worker.ref()
      send({ type: 'close' })
      await exited
    },
  }
}
