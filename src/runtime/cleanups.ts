/** What must be ended again, in the opposite order of its beginning. */
export class Cleanups implements AsyncDisposable {
  #tasks: (() => Promise<void>)[] = []

  add(task: () => Promise<void>): void {
    this.#tasks.push(task)
  }

  /** Runs all of them, also after one that fails; then throws what the first to fail threw. */
  async run(): Promise<void> {
    const errors: unknown[] = []
    for (const task of this.#tasks.splice(0).reverse()) {
      await task().catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.run()
  }
}
