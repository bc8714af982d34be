/** Resolves after timers, sockets and messages that are ready have been served. For long work to step aside. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
