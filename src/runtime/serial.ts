/**
 * Runs tasks one at a time, in the order they were asked.
 *
 * A task that throws rejects its own promise and leaves the line open for the next one.
 */
export class SerialExecutor {
  #tail: Promise<unknown> = Promise.resolve()
  #depth = 0

  /** Tasks that wait or run. */
  get depth(): number {
    return this.#depth
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.#depth++
    const result = this.#tail.then(task).finally(() => {
      this.#depth--
    })
    this.#tail = result.catch(() => undefined)
    return result
  }
}
