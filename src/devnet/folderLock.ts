import { ClassicLevel } from 'classic-level'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/** A folder that nobody else uses. */
export interface FolderLock {
  close(): Promise<void>
}

/**
 * Keeps others from using a folder, until it is closed or this process is gone, however it went.
 *
 * The lock is that of a database without content, since Node has none for files.
 *
 * @param path - Of the lock; it is made, and stays.
 * @throws {ConfigError} `STATE_DIR_IN_USE`
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const db = new ClassicLevel(path)
  try {
    await db.open()
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } }
    if (cause?.code !== 'LEVEL_LOCKED') throw error
    throw new ConfigError(
      exitCodes.configFile,
      'STATE_DIR_IN_USE',
      `another devnet runs on the state folder that holds ${path}`,
      { cause: error, metaMessages: ['Stop it first, or give another --state-dir.'] },
    )
  }
  return { close: () => db.close() }
}
