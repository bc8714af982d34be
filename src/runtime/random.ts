/** A source of randomness, handed in: uniform in [0, 1), as `Math.random` is. Never for secrets. */
export type Random = () => number
