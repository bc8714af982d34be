import { createHmac, timingSafeEqual } from 'node:crypto'

/** How far the token's `iat` may be from the verifier's clock. */
const toleranceSeconds = 60

const header = base64Url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))

/**
 * A token for one Engine API request: HS256 with the single claim `iat`.
 *
 * @param issuedAt - Seconds since the Unix epoch.
 * @see https://github.com/ethereum/execution-apis/blob/main/src/engine/authentication.md
 */
export function signJwt(secret: Uint8Array, issuedAt: number): string {
  const body = `${header}.${base64Url(JSON.stringify({ iat: Math.floor(issuedAt) }))}`
  return `${body}.${signature(secret, body).toString('base64url')}`
}

/**
 * Checks a token.
 *
 * @param now - Seconds since the Unix epoch.
 * @returns why the token is refused; `undefined` when it is good.
 */
export function verifyJwt(secret: Uint8Array, token: string, now: number): string | undefined {
  const parts = token.split('.')
  if (parts.length !== 3) return 'token is not a JWT'
  const [head, claims, signed] = parts as [string, string, string]
  if (parseJson(head)?.alg !== 'HS256') return 'token is not signed with HS256'
  const expected = signature(secret, `${head}.${claims}`)
  const given = Buffer.from(signed, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return 'token is signed with another secret'
  }
  const payload = parseJson(claims)
  const issuedAt = payload?.iat
  if (typeof issuedAt !== 'number') return 'token lacks the claim iat'
  if (Math.abs(now - issuedAt) > toleranceSeconds) {
    return `token is stale: issued at ${issuedAt}, the time here is ${Math.floor(now)}`
  }
  const expiresAt = payload?.exp
  if (typeof expiresAt === 'number' && expiresAt < now) return `token expired at ${expiresAt}`
  return undefined
}

function signature(secret: Uint8Array, body: string): Buffer {
  return createHmac('sha256', secret).update(body).digest()
}

function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

interface JwtPart {
  readonly alg?: unknown
  readonly iat?: unknown
  readonly exp?: unknown
}

function parseJson(part: string): JwtPart | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
