/**
 * What the rules say of a batch.
 *
 * - `drop`: invalid for good; `rule` names the first rule that it broke.
 * - `undecided`: `missing` is needed before the rules can say more. Before Holocene the batch is kept and asked for
 *   again; from Holocene on it is passed over.
 * - `future`: not yet its turn; only before Holocene.
 * - `past`: nothing new in it; only from Holocene.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 */
export type BatchVerdict =
  | { readonly type: 'accept' }
  | { readonly type: 'drop'; readonly rule: BatchRule }
  | { readonly type: 'undecided'; readonly missing: 'l1Block' | 'nextL1Origin' | 'parent' }
  | { readonly type: 'future' }
  | { readonly type: 'past' }

/** The rules that a batch can break. */
export type BatchRule =
  /** Holocene: batches come in order, without gaps. */
  | 'timestampAhead'
  /** Before Holocene: the block is safe already. */
  | 'timestampPast'
  | 'parentHash'
  /** Included after the sequencing window of its epoch. */
  | 'sequencingWindow'
  /** The epoch is older than that of the block before. */
  | 'epochTooOld'
  /** The epoch is more than one ahead of that of the block before. */
  | 'epochTooNew'
  /** The origin is not on this L1 chain. */
  | 'epochHash'
  /** The block would be older than its origin. */
  | 'timestampBeforeOrigin'
  /** Too far ahead of its origin to hold transactions. */
  | 'sequencerDrift'
  /** Too far ahead of its origin although the next one could have been adopted. */
  | 'originNotAdopted'
  /** The first block of a fork must not hold transactions: Jovian, Karst. */
  | 'activationBlockNotEmpty'
  | 'emptyTransaction'
  | 'depositTransaction'
  | 'setCodeBeforeIsthmus'
  | 'spanBeforeDelta'
  /** A span overlaps the safe chain, but not block by block. */
  | 'spanMisaligned'
  | 'spanWithoutParent'
  /** An overlapping span says something else than the safe chain. */
  | 'spanOverlap'

/** The verdict that no rule is broken. */
export const accept = { type: 'accept' } as const satisfies BatchVerdict

/** The verdict that a rule is broken. */
export function drop(rule: BatchRule): BatchVerdict {
  return { type: 'drop', rule }
}
