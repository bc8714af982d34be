import { TaktError } from '../base/errors.ts'
import type { Logger } from './logger.ts'

/** Tasks that run beside a loop and end with it. What they throw is logged: nobody waits for them. */
export class TaskGroup {
  readonly #logger: Logger
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(deps: { readonly logger: Logger }) {
    this.#logger = deps.logger
  }

  /** Starts a task. After `close` nothing is started. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#abort
    if (signal.aborted) return
    const run = task(signal)
      .catch((error) => {
        if (!signal.aborted) this.#logger.warn('Background task failed', { task: name, error })
      })
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  /** Resolves when no task is under way, also none that another one has started. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Aborts the tasks and waits for them. */
  async close(): Promise<void> {
    this.#abort.abort(new TaktError('CLOSING', 'the tasks are no longer wanted'))
    await Promise.all(this.#running)
  }
}
