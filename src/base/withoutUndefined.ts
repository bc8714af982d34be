/** The fields that are set: what is `undefined` must not hide a default when objects are merged. */
export function withoutUndefined<T extends object>(given: T): Partial<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<T>
}
