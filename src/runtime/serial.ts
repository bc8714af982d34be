/**
 * Runs tasks one at a time, in the order they were asked.
 *
 * A task that throws rejects its own promise and leaves the line open for the next one.
 */
export class SerialExecutor {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
