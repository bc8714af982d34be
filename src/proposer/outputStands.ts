import { ChainError } from '../base/errors.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Output, OutputSource } from './interface.ts'

/**
 * Runs a task, and aborts it when the rollup node comes to have another block where the output is from: a reorg of L1
 * may take away what is safe while the proposal waits in a pool.
 *
 * Differs: op-proposer lets such a proposal go through, and loses the bond of its game.
 *
 * @throws {ChainError} `temporary` `OUTPUT_REPLACED`; what the task throws.
 */
export async function whileOutputStands<T>(
  output: Output,
  options: { readonly pollIntervalMs: number },
  deps: { readonly outputs: OutputSource; readonly clock: Clock },
  task: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const replaced = new AbortController()
  const finished = new AbortController()
  return withLinkedSignal([signal, replaced.signal], async (linked) => {
    const watching = watch(output, options, deps, finished.signal)
      .then((error) => replaced.abort(error))
      .catch(() => undefined)
    try {
      return await task(linked)
    } finally {
      finished.abort()
      await watching
    }
  })
}

/** Resolves when the node has another output there. */
async function watch(
  { block, outputRoot }: Output,
  { pollIntervalMs }: { readonly pollIntervalMs: number },
  { outputs, clock }: { readonly outputs: OutputSource; readonly clock: Clock },
  signal: AbortSignal,
): Promise<ChainError> {
  for (;;) {
    await sleep(clock, pollIntervalMs, signal)
    // A node that is unreachable, or on its way to that block again, says nothing about it.
    const now = await outputs.outputAtBlock(block.number, signal).catch(() => undefined)
    signal.throwIfAborted()
    if (now === undefined || now.outputRoot === outputRoot) continue
    const message = `block ${block.number} has been replaced since its output was read`
    return new ChainError('temporary', 'OUTPUT_REPLACED', message)
  }
}
