import { ChainError } from '../base/errors.ts'
import { Limiter } from '../runtime/limiter.ts'
import { PendingCalls } from '../runtime/pendingCalls.ts'
import { startThread } from '../runtime/startThread.ts'
import { importKzgLibrary, type Kzg } from './kzg.ts'
import type { FromKzg, ToKzg } from './kzgThreadEntry.ts'

/**
 * The polynomial commitments of EIP-4844 in a thread of their own, set-up included. One call at a time is computed.
 *
 * @throws {ChainError} `temporary` `KZG_GONE` when the thread has ended.
 */
export interface KzgThread extends Kzg {
  /** Ends the thread once it has finished what it computes. Calls are rejected at once, with `KZG_GONE`. */
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
 * @param onEnd - Called once, when it takes no calls any more, for whatever reason.
 * @throws {ConfigError} `KZG_MISSING` on a platform that the library has no build for.
 */
export async function startKzgThread(onEnd?: () => void): Promise<KzgThread> {
  await importKzgLibrary()
  const worker = startThread('./kzgThreadEntry', import.meta.url, { name: 'takt-kzg' })
  const send = (message: ToKzg) => worker.postMessage(message)
  const calls = new PendingCalls()
  // What waits here and not in the thread never begins once it closes.
  const line = new Limiter(1)
  const ended = new AbortController()
  const ready = Promise.withResolvers<void>()
  let openCalls = 0

  const end = (cause?: unknown) => {
    if (ended.signal.aborted) return
    const gone = new ChainError('temporary', 'KZG_GONE', 'the thread that proves blobs has ended', {
      cause,
    })
    onEnd?.()
    ended.abort(gone)
    ready.reject(gone)
  }
  worker.on('error', end)
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end()
      resolve()
    })
  })
  worker.on('message', (message: FromKzg) => {
    if (message.type === 'ready') ready.resolve()
    else if (message.type === 'result') calls.resolve(message.id, message.value)
    else calls.reject(message.id, message.error)
  })

  async function call<T>(method: keyof Kzg, args: readonly unknown[]): Promise<T> {
    const begin = (id: number) => send({ type: 'call', id, method, args })
    if (openCalls++ === 0) worker.ref()
    try {
      return (await line.run(() => calls.begin(begin, ended.signal), ended.signal)) as T
    } finally {
      if (--openCalls === 0 && !ended.signal.aborted) worker.unref()
    }
  }

  await ready.promise
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
