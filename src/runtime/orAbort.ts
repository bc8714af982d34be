/**
 * Waits for a promise, but no longer than until the signal aborts. The promise itself goes on.
 *
 * @throws what the promise is rejected with; the signal's reason when it aborts first.
 */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  // Nobody waits for it then, and a rejection that nobody takes ends the process.
  if (signal.aborted) promise.catch(() => undefined)
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
