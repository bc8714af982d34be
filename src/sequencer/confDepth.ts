import type { L1BlockRef } from '../chain/refs.ts'
import type { L1Provider } from '../derive/providers.ts'

/** What the origin selector reads of L1 by number. */
export type L1BlocksByNumber = Pick<L1Provider, 'blockRefByNumber'>

/**
 * L1 as if its newest blocks were not there, so that what a short reorg may replace is not built upon.
 *
 * Nothing is hidden at depth 0, while the L1 head is unknown, or of block 0.
 */
export function hideUnconfirmed(
  options: { readonly depth: number },
  deps: { readonly l1: L1BlocksByNumber; readonly l1Head: () => L1BlockRef | undefined },
): L1BlocksByNumber {
  const depth = BigInt(options.depth)
  return {
    async blockRefByNumber(number, signal) {
      const head = deps.l1Head()
      const isHidden =
        depth !== 0n && number !== 0n && head !== undefined && number + depth > head.number
      return isHidden ? undefined : deps.l1.blockRefByNumber(number, signal)
    },
  }
}
