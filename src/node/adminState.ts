import { readFile, rename, writeFile } from 'node:fs/promises'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { NodeControl } from '../rpc/adminApi.ts'

/**
 * Whether the sequencer was running when the node was last told to start or stop it; `undefined` when it never was.
 *
 * The file is op-node's: `{"sequencerStarted": true}`.
 *
 * @throws {ConfigError} `ADMIN_STATE_UNREADABLE`
 */
export async function readAdminState(path: string): Promise<boolean | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, (cause as Error).message, cause)
  }
  try {
    const { sequencerStarted } = JSON.parse(text) as { sequencerStarted?: unknown }
    if (sequencerStarted === undefined || typeof sequencerStarted === 'boolean') {
      return sequencerStarted
    }
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause)
  }
  throw unreadable(path, 'sequencerStarted must be true or false', undefined)
}

/** Control of a node that writes down whether its sequencer is to run. */
export function rememberAdminState(control: NodeControl, path: string): NodeControl {
  return {
    startSequencer: async (hash) => {
      await control.startSequencer(hash)
      await writeAdminState(path, true)
    },
    stopSequencer: async () => {
      const head = await control.stopSequencer()
      await writeAdminState(path, false)
      return head
    },
    get sequencerActive() {
      return control.sequencerActive
    },
    requestReset: () => control.requestReset(),
    insertUnsafePayload: (envelope) => control.insertUnsafePayload(envelope),
  }
}

async function writeAdminState(path: string, sequencerStarted: boolean): Promise<void> {
  // Whoever reads it, also after a crash, finds the old state or the new one, never half of it.
  const draft = `${path}.new`
  await writeFile(draft, `${JSON.stringify({ sequencerStarted })}\n`)
  await rename(draft, path)
}

function unreadable(path: string, problem: string, cause: unknown): ConfigError {
  return new ConfigError(
    exitCodes.configFile,
    'ADMIN_STATE_UNREADABLE',
    `cannot read the admin state ${path}: ${problem}`,
    { cause, metaMessages: ['Repair or remove the file, or name another with --rpc.admin-state.'] },
  )
}
