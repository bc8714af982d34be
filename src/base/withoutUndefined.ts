/** The fields that are set: what is `undefined` must not hide a default when objects are merged. */
export function withoutUndefined<T extends object>(
  given: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> }
}
