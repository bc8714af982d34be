import { rename, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { hexToBytes, parseHex } from '../base/hex.ts'

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
