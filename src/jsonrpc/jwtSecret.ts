import { readFile } from 'node:fs/promises'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { hexToBytes } from '../base/hex.ts'

/**
 * Reads the secret that node and engine share.
 *
 * @throws {ConfigError} `JWT_SECRET_UNREADABLE`, `JWT_SECRET_INVALID`
 */
export async function readJwtSecretFile(path: string): Promise<Uint8Array> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      exitCodes.configFile,
      'JWT_SECRET_UNREADABLE',
      `cannot read the JWT secret file ${path}: ${(cause as Error).message}`,
      { cause, metaMessages: ['Give the path of the file that the engine was started with.'] },
    )
  }
  return parseJwtSecret(text, `the file ${path}`)
}

/**
 * 32 bytes of hex, with or without `0x`, white space around them ignored.
 *
 * @param origin - Where the text came from, for the error. The text itself is never shown.
 * @throws {ConfigError} `JWT_SECRET_INVALID`
 */
export function parseJwtSecret(text: string, origin: string): Uint8Array {
  const digits = text.trim().replace(/^0x/i, '')
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new ConfigError(
      exitCodes.configFile,
      'JWT_SECRET_INVALID',
      `the JWT secret in ${origin} must be 64 hex digits (32 bytes), got ${digits.length} characters`,
      { metaMessages: ['Create one with: openssl rand -hex 32'] },
    )
  }
  return hexToBytes(`0x${digits}`)
}
