import { readFile } from 'node:fs/promises'
import { ConfigError, TaktError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/**
 * Reads a file that a flag names and parses its text.
 *
 * @param what - The file's meaning, for errors: `rollup config`.
 * @throws {ConfigError} `FILE_UNREADABLE`, `FILE_MALFORMED`; an error of takt's that `parse` throws keeps its code and words.
 */
export async function readConfigFile<Value>(
  path: string,
  what: string,
  parse: (text: string) => Value,
): Promise<Value> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      exitCodes.configFile,
      'FILE_UNREADABLE',
      `cannot read the ${what} ${path}: ${(cause as Error).message}`,
      { cause, context: { path }, metaMessages: ['check the path and its permissions'] },
    )
  }
  try {
    return parse(text)
  } catch (cause) {
    const isForeseen = cause instanceof TaktError
    throw new ConfigError(
      cause instanceof ConfigError ? cause.exitCode : exitCodes.configFile,
      isForeseen ? cause.code : 'FILE_MALFORMED',
      `${path}: ${isForeseen ? cause.shortMessage : (cause as Error).message}`,
      {
        context: { ...(isForeseen ? cause.context : {}), path },
        alsoWrong: isForeseen ? cause.alsoWrong : [],
        metaMessages: isForeseen ? cause.metaMessages : [`it must be a ${what} in JSON`],
      },
    )
  }
}
