import type { Clock } from '../runtime/clock.ts'
import type { EndpointOptions } from './endpoint.ts'
import { signJwt } from './jwt.ts'

/** Headers of an HTTP request to an endpoint: those that are always sent, and who asks. A token is fresh each time. */
export function endpointHeaders(
  { url, jwtSecret, headers }: EndpointOptions,
  clock: Clock,
): Record<string, string> {
  const authorization =
    jwtSecret === undefined ? url.authorization : `Bearer ${signJwt(jwtSecret, clock.now() / 1000)}`
  return authorization === undefined ? { ...headers } : { ...headers, authorization }
}
