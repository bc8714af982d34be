import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { hexToBytes, parseHex } from '../../base/hex.ts'

/** Where anvil writes what it is now and then, and when it ends; not the file that it begins with. */
export function l1DumpFile(statePath: string): string {
  return `${statePath}.dump`
}

/**
 * Makes what anvil wrote last the state to begin with. What it did not get to the end of, because it was killed
 * meanwhile, is thrown away: the state before that is whole.
 */
export async function adoptL1Dump(statePath: string): Promise<void> {
  const dump = l1DumpFile(statePath)
  if (await holdsJson(dump)) await rename(dump, statePath)
  else await rm(dump, { force: true })
}

/**
 * Writes the L1 as it is now to the file that anvil resumes from. The file is whole at any time.
 *
 * @param request - Of anvil.
 */
export async function saveL1State(
  path: string,
  request: (method: string, params: readonly unknown[]) => Promise<unknown>,
): Promise<void> {
  const dump = hexToBytes(parseHex(await request('anvil_dumpState', [])))
  await writeFile(`${path}.new`, await promisify(gunzip)(dump))
  await rename(`${path}.new`, path)
}

async function holdsJson(path: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(path, 'utf8'))
    return true
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false
    }
    throw error
  }
}
