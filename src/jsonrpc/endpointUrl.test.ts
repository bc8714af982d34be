import { describe, expect, it } from 'vitest'
import { parseEndpointUrl } from './endpointUrl.ts'

describe('the URL of an endpoint', () => {
  it('may carry a user and a password, which its name leaves out', () => {
    const { authorization, name, origin } = parseEndpointUrl('http://me:50%25@host:8545/key')
    expect(authorization).toBe(`Basic ${Buffer.from('me:50%').toString('base64')}`)
    expect([name, origin]).toEqual(['http://host:8545', 'http://host:8545'])
  })

  for (const url of ['http://me:50%@host', 'wss://me:50%@host']) {
    it(`is refused in words when its password is not percent-encoded: ${url}`, () => {
      expect(() => parseEndpointUrl(url, '--l1')).toThrow(
        expect.objectContaining({
          code: 'URL_INVALID',
          shortMessage: expect.stringMatching(/^--l1 .*percent-encoded/),
        }),
      )
      expect(() => parseEndpointUrl(url, '--l1')).not.toThrow('50')
    })
  }
})
