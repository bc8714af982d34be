/** Closes a `switch` over a union: compiling fails when a case is missing, and so does running. */
export function assertNever(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`)
}
