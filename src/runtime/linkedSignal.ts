/**
 * Runs a task with a signal that aborts as soon as any of the given ones does, with its reason.
 *
 * Unlike `AbortSignal.any` it leaves nothing behind on signals that live as long as the process.
 */
export async function withLinkedSignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (const signal of signals) signal?.throwIfAborted()
  const linked = new AbortController()
  const unlink = signals.map((signal) => {
    const abort = () => linked.abort(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    return () => signal?.removeEventListener('abort', abort)
  })
  try {
    return await task(linked.signal)
  } finally {
    for (const remove of unlink) remove()
  }
}
