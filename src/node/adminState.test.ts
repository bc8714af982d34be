import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { readAdminState, rememberAdminState } from './adminState.ts'

const head: Hash = `0x${'22'.repeat(32)}`
let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'takt-admin-'))
  path = join(dir, 'admin.json')
})
afterEach(() => rm(dir, { recursive: true }))

describe('the admin state', () => {
  it('is unknown before the first start or stop', async () => {
    expect(await readAdminState(path)).toBeUndefined()
  })

  it('follows what the sequencer was told', async () => {
    const control = rememberAdminState(
      {
        startSequencer: async () => undefined,
        stopSequencer: async () => head,
        sequencerActive: true,
        requestReset: async () => undefined,
        insertUnsafePayload: async () => undefined,
      },
      path,
    )
    expect(await control.stopSequencer()).toBe(head)
    expect(await readAdminState(path)).toBe(false)
    await control.startSequencer(head)
    expect(await readAdminState(path)).toBe(true)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ sequencerStarted: true })
  })

  for (const text of ['', 'yes', '{"sequencerStarted": 1}', 'null']) {
    it(`that reads ${JSON.stringify(text)} is refused with a way out`, async () => {
      await writeFile(path, text)
      await expect(readAdminState(path)).rejects.toMatchObject({
        code: 'ADMIN_STATE_UNREADABLE',
        exitCode: 3,
      })
    })
  }
})
