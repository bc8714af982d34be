import { readFileSync } from 'node:fs'

/** The version of this package, as in its package.json. */
export function readPackageVersion(): string {
  // The same path from src/runtime and from dist/runtime.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
