import type { Worker } from 'node:worker_threads'

// A thread that is alive gets to its messages long before, even on a host with far too much to do.
const stuckAfterMs = 4_000

/**
 * Asks a thread to end, and waits until it has.
 *
 * Only one that is stuck is ended by force. Force may strike in the middle of a call into a native library, and some
 * (secp256k1) then take the whole process with them.
 *
 * @param request - A message that the thread ends at.
 */
export async function endThread(worker: Worker, request: object): Promise<void> {
  const exit = Promise.withResolvers<void>()
  worker.once('exit', () => exit.resolve())
  const timer = setTimeout(() => void worker.terminate(), stuckAfterMs)
  worker.postMessage(request)
  await exit.promise
  clearTimeout(timer)
}
