/**
 * Why a node did not take a transaction.
 *
 * - `known`: it has it already.
 * - `nonceTooLow`: a block holds another transaction, or this very one, with the nonce.
 * - `nonceTooHigh`: one before it is missing.
 * - `underpriced`: too cheap, by itself or to replace what is in the pool.
 * - `reserved`: the pool holds one of the account that is of the other kind, with blobs or without.
 * - `full`: no room for now.
 * - `underfunded`: the account has too little.
 * - `other`: anything else.
 */
export type SendRefusal =
  | 'known'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'underpriced'
  | 'reserved'
  | 'full'
  | 'underfunded'
  | 'other'

/**
 * Reads the words of a refusal: JSON-RPC has no codes for them, and every client has words of its own.
 *
 * @param alreadyPublished - Words that mean `known`, for gateways with an idiom of their own.
 */
export function classifyRefusal(message: string, alreadyPublished: readonly string[]): SendRefusal {
  if (alreadyPublished.some((words) => message.includes(words))) return 'known'
  return idioms.find(([, pattern]) => pattern.test(message))?.[0] ?? 'other'
}

/** What to do about words that mean `other`. */
export function adviceFor(message: string): string {
  if (/sidecar|blob proof|cell/i.test(message)) {
    return "Set --txmgr.cell-proof-time to the time of L1's Osaka fork."
  }
  if (/exceeds the configured cap|fee ?cap exceeded/i.test(message)) {
    return 'Let the L1 node take dearer transactions (--rpc.txfeecap), or offer less (--fee-limit-multiplier).'
  }
  return 'Check that the endpoint is a node of this L1 with a pool of its own, and try another one.'
}

// geth, reth, Nethermind (CamelCase in its older releases), Besu, Erigon and anvil. Order matters: some words are
// part of others.
const idioms: readonly (readonly [SendRefusal, RegExp])[] = [
  [
    'known',
    /already known|known transaction|already imported|already in.*pool|same hash|AlreadyKnown/i,
  ],
  [
    'reserved',
    /already reserved|conflicts with existing transaction|ConflictingType|type conflict|replace blob-txn/i,
  ],
  ['nonceTooLow', /nonce(?: is)? too low|OldNonce|nonce.*below/i],
  [
    'nonceTooHigh',
    /nonce too (?:high|distant|far)|too distant.*nonce|gapped|NonceGap|NonceTooFar/i,
  ],
  ['underfunded', /insufficient (?:funds|balance)|InsufficientFunds|upfront cost exceeds/i],
  [
    'full',
    /pool (?:is )?full|pool size constraints|account limit exceeded|limit reached for delegated|too many transactions|spammer|FeeTooLowToCompete/i,
  ],
  [
    'underpriced',
    /underpriced|fee too low|FeeTooLow|ReplacementNotAllowed|(?:gas price to|could not) replace existing|less than .*(?:base|blob gas) ?fee|price too low|(?:price|fee|fee ?cap|tip) [^:]*below/i,
  ],
]
