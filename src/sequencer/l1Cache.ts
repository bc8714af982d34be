import type { Hash } from '../base/hex.ts'
import type { L1Block, L1Provider, L1Receipt } from '../derive/providers.ts'

// The current origin, the next one, and those of a short reorg.
const remembered = 8

/**
 * L1 with blocks and receipts by hash fetched once: what was prefetched during one block is there at the start of
 * the next, even while L1 is down.
 *
 * Callers of the same block share one request.
 */
export function rememberL1(l1: L1Provider): L1Provider {
  const blocks = new Map<Hash, Promise<L1Block | undefined>>()
  const receipts = new Map<Hash, Promise<readonly L1Receipt[] | undefined>>()
  return {
    blockRefByNumber: (number, signal) => l1.blockRefByNumber(number, signal),
    blockRefByHash: (hash, signal) => l1.blockRefByHash(hash, signal),
    blockByHash: (hash, signal) => once(blocks, hash, () => l1.blockByHash(hash, signal)),
    receiptsByHash: (hash, signal) => once(receipts, hash, () => l1.receiptsByHash(hash, signal)),
  }
}

function once<T>(
  known: Map<Hash, Promise<T | undefined>>,
  hash: Hash,
  fetch: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const before = known.get(hash)
  if (before !== undefined) return before
  const fetched = fetch()
  known.set(hash, fetched)
  if (known.size > remembered) known.delete(known.keys().next().value!)
  const forget = () => {
    if (known.get(hash) === fetched) known.delete(hash)
  }
  // Neither a failure nor "not there" need hold for the next caller.
  fetched.then((value) => value === undefined && forget(), forget)
  return fetched
}
