import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signJwt, verifyJwt } from './jwt.ts'

const secret = new Uint8Array(32).fill(7)
const now = 1_700_000_000

function tokenOf(header: unknown, claims: unknown, key: Uint8Array = secret): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part(header)}.${part(claims)}`
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
}

describe('JWT', () => {
  it('accepts its own token within a minute on either side', () => {
    for (const skew of [-60, 0, 60]) {
      expect(verifyJwt(secret, signJwt(secret, now), now + skew)).toBeUndefined()
    }
  })

  it('signs as any HS256 implementation does', () => {
    expect(signJwt(secret, now)).toBe(tokenOf({ alg: 'HS256', typ: 'JWT' }, { iat: now }))
  })

  it('refuses a stale token', () => {
    expect(verifyJwt(secret, signJwt(secret, now), now + 61)).toMatch('stale')
  })

  it('refuses a token of the future', () => {
    expect(verifyJwt(secret, signJwt(secret, now), now - 61)).toMatch('stale')
  })

  it('refuses another secret', () => {
    const other = new Uint8Array(32).fill(8)
    expect(verifyJwt(secret, signJwt(other, now), now)).toMatch('another secret')
  })

  it('refuses an unsigned token', () => {
    expect(verifyJwt(secret, tokenOf({ alg: 'none' }, { iat: now }), now)).toMatch('HS256')
  })

  it('refuses a token without a time', () => {
    expect(verifyJwt(secret, tokenOf({ alg: 'HS256' }, {}), now)).toMatch('iat')
  })

  it('refuses an expired token', () => {
    const token = tokenOf({ alg: 'HS256' }, { iat: now, exp: now - 1 })
    expect(verifyJwt(secret, token, now)).toMatch('expired')
  })

  it.each(['', 'a.b', 'a.b.c', '..', 'bnVsbA.bnVsbA.'])('refuses garbage: %j', (token) => {
    expect(verifyJwt(secret, token, now)).toBeDefined()
  })
})
