import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../base/errors.ts'
import { parseJwtSecret, readJwtSecretFile } from './jwtSecret.ts'

const digits = 'ab'.repeat(32)

describe('JWT secret', () => {
  it('takes hex with and without prefix, and ignores white space around it', () => {
    const secret = new Uint8Array(32).fill(0xab)
    expect(parseJwtSecret(digits, 'test')).toEqual(secret)
    expect(parseJwtSecret(` 0x${digits.toUpperCase()}\n`, 'test')).toEqual(secret)
  })

  it.each([
    ['short', digits.slice(2)],
    ['long', `${digits}00`],
    ['not hex', `${digits.slice(2)}zz`],
    ['empty', ''],
  ])('refuses a secret that is %s, without showing it', (_, text) => {
    const parse = () => parseJwtSecret(text, 'the file jwt.hex')
    expect(parse).toThrowError(expect.objectContaining({ code: 'JWT_SECRET_INVALID' }))
    expect(parse).not.toThrowError(digits.slice(0, 20))
  })

  it('reads a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'takt-jwt-'))
    const path = join(folder, 'jwt.hex')
    await writeFile(path, `0x${digits}\n`)
    expect(await readJwtSecretFile(path)).toHaveLength(32)
    await rm(folder, { recursive: true })
  })

  it('names a file that cannot be read', async () => {
    const read = readJwtSecretFile('/nowhere/jwt.hex')
    await expect(read).rejects.toBeInstanceOf(ConfigError)
    await expect(read).rejects.toThrow('/nowhere/jwt.hex')
  })
})
