import { withLinkedSignal } from './linkedSignal.ts'

/** A long task: ends when its signal aborts, and leaves nothing behind. */
export type Loop = (signal: AbortSignal) => Promise<void>

/**
 * Runs loops side by side until all have ended. When one throws, the others are told to end.
 *
 * @throws what the first one threw, after the others have ended.
 */
export async function runTogether(loops: readonly Loop[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const failed = new AbortController()
  const guarded = async (loop: Loop, linked: AbortSignal) => {
    try {
      await loop(linked)
    } catch (error) {
      if (!linked.aborted) failed.abort(error)
    }
  }
  await withLinkedSignal([signal, failed.signal], async (linked) => {
    await Promise.all(loops.map((loop) => guarded(loop, linked)))
  })
  failed.signal.throwIfAborted()
}
