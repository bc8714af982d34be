/**
 * What a stage gives when it is pulled.
 *
 * - `item`: the next thing it makes.
 * - `again`: it has done some work but has nothing yet. Pull again.
 * - `exhausted`: the current L1 block is read to its end. Pull again after the next one.
 */
export type Pull<T> =
  | { readonly type: 'item'; readonly item: T }
  | { readonly type: 'again' }
  | { readonly type: 'exhausted' }

/** Pull again. */
export const again = { type: 'again' } as const
/** The current L1 block is read to its end. */
export const exhausted = { type: 'exhausted' } as const

/** The next thing that a stage makes. */
export function item<T>(made: T): { readonly type: 'item'; readonly item: T } {
  return { type: 'item', item: made }
}
