/** The larger of two: `Math.max` takes no bigint. */
export function maxBigInt(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** The smaller of two. */
export function minBigInt(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
