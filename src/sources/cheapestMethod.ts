import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'
import { isUnknownMethod } from './sourceError.ts'

/** Gives `undefined` where there is nothing of what was asked for. */
export type Method<Arguments extends readonly unknown[], Result> = (
  ...args: Arguments
) => Promise<Result | undefined>

// Rare enough that even a method that never answers costs nothing; often enough to notice that an endpoint was upgraded.
const callsBeforeProbe = 1000

/**
 * Several ways to fetch the same, the cheapest first.
 *
 * Providers do not agree on the error of a method that they do not serve, or not to everybody. So it does not matter
 * why one fails: when a dearer one works, the cheaper ones are passed over, and tried by one call in a thousand.
 */
export class CheapestMethod<Arguments extends readonly unknown[], Result> {
  readonly #ways: readonly Way<Arguments, Result>[]

  /** @param methods - At least one. They throw for answers that cannot be right, too. */
  constructor(methods: readonly Method<Arguments, Result>[]) {
    this.#ways = methods.map((fetch) => ({ fetch, callsToSkip: 0 }))
  }

  /**
   * @returns `undefined` when none of the methods has anything.
   * @throws what the last method throws, if all fail; or the one before where the endpoint does not know that one.
   */
  async call(...args: Arguments): Promise<Result | undefined> {
    const failed: Way<Arguments, Result>[] = []
    const errors: unknown[] = []
    for (const way of this.#ways) {
      if (way !== this.#ways.at(-1) && isSkipped(way)) continue
      try {
        const result = await way.fetch(...args)
        if (result !== undefined) {
          way.callsToSkip = 0
          for (const cheaper of failed) cheaper.callsToSkip = callsBeforeProbe
          return result
        }
      } catch (error) {
        if (isUnreachable(error)) throw error
        errors.push(error)
      }
      failed.push(way)
    }
    // That a method is unknown says nothing of what was asked for.
    const telling = errors.filter((error) => !isUnknownMethod(error))
    if (telling.length > 0) throw telling.at(-1)
    if (errors.length < failed.length) return undefined
    throw errors.at(-1)
  }
}

interface Way<Arguments extends readonly unknown[], Result> {
  readonly fetch: Method<Arguments, Result>
  callsToSkip: number
}

function isSkipped(way: { callsToSkip: number }): boolean {
  if (way.callsToSkip === 0) return false
  if (--way.callsToSkip > 0) return true
  // This call tries it; the others need not wait for what comes of that.
  way.callsToSkip = callsBeforeProbe
  return false
}

/** No method has a better chance. */
function isUnreachable(error: unknown): boolean {
  return error instanceof RpcTransportError && error.code === 'RPC_UNREACHABLE'
}
