/** When a block is built. Times are milliseconds since the Unix epoch. */
export interface BuildWindow {
  /** Building begins here, or at once when this is past. */
  readonly startMs: number
  /** The block is taken from the engine here, or at once when this is past. */
  readonly sealMs: number
}

// What a late block gets to be built in. Enough for a first pass over the transaction pool, so that
// the blocks of a chain that catches up are not empty while transactions wait.
const leastBuildMs = 15

/**
 * When to build the block that follows `parentTimestamp`, for it to come out at its own timestamp.
 *
 * In time, a block is built during the whole block time before its timestamp, less the margin that sealing takes.
 * Behind time both instants are past and blocks follow back to back, each with a short build.
 *
 * Differs: op-node starts at one block time before the timestamp; here a parent that came out early by (part of)
 * the margin does not leave the engine idle.
 *
 * @param marginMs - Time from the decision to seal until the block is the head of the engine.
 * @param startedMs - When building did begin, once it has.
 */
export function buildWindow(
  parentTimestamp: bigint,
  blockTime: bigint,
  marginMs: number,
  startedMs?: number,
): BuildWindow {
  const payloadMs = Number(parentTimestamp + blockTime) * 1000
  const startMs = payloadMs - Number(blockTime) * 1000 - marginMs
  return {
    startMs,
    sealMs: Math.max(payloadMs - marginMs, (startedMs ?? startMs) + leastBuildMs),
  }
}
