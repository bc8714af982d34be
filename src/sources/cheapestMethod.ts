import { isUnknownMethod } from './sourceError.ts'

/**
 * Several ways to fetch the same, the cheapest first.
 *
 * Which of them an endpoint serves shows with the first calls and is remembered.
 */
export class CheapestMethod<Arguments extends readonly unknown[], Result> {
  readonly #methods: ((...args: Arguments) => Promise<Result>)[]

  /** @param methods - At least one; the last one is what every endpoint serves. */
  constructor(methods: readonly ((...args: Arguments) => Promise<Result>)[]) {
    this.#methods = [...methods]
  }

  /** @throws what the method throws, unless it is that the endpoint does not have it and there is another one. */
  async call(...args: Arguments): Promise<Result> {
    for (;;) {
      const [method] = this.#methods
      try {
        return await method!(...args)
      } catch (error) {
        if (this.#methods.length === 1 || !isUnknownMethod(error)) throw error
        // Several calls may be on their way at once: only the first that meets the error moves on.
        if (this.#methods[0] === method) this.#methods.shift()
      }
    }
  }
}
