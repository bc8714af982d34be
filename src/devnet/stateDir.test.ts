import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultDevnetOptions, type L1Contracts } from './options.ts'
import { openStateDir, readSavedFile } from './stateDir.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'takt-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const contracts = { systemConfig: '0x01' } as unknown as L1Contracts
const options = () => ({ ...defaultDevnetOptions, stateDir: folder })

test('a folder that was saved is resumed, with the same secret', async () => {
  const first = await openStateDir(options())
  expect(first.saved).toBeUndefined()
  await first.save({ contracts, genesisTime: 7 })

  await first.close()
  const second = await openStateDir({ ...options(), l1Port: 1234 })
  expect(second.saved).toMatchObject({ contracts, genesisTime: 7 })
  expect(second.jwtSecret).toEqual(first.jwtSecret)
  expect(await readFile(second.jwtSecretPath, 'utf8')).toMatch(/^0x[0-9a-f]{64}$/)
  await second.close()
})

test('a folder that another devnet runs on is refused, and nothing in it is touched', async () => {
  const first = await openStateDir(options())
  await writeFile(first.l1StateFile!, 'its L1')
  await expect(openStateDir(options())).rejects.toMatchObject({
    code: 'STATE_DIR_IN_USE',
    exitCode: 3,
  })
  expect(await readFile(first.l1StateFile!, 'utf8')).toBe('its L1')
  await first.close()
})

test('what is no folder is refused', async () => {
  const stateDir = join(folder, 'file')
  await writeFile(stateDir, 'something of the user')
  await expect(openStateDir({ ...defaultDevnetOptions, stateDir })).rejects.toMatchObject({
    code: 'STATE_DIR_UNUSABLE',
    exitCode: 3,
  })
})

test('what anvil wrote last is resumed from, unless it was killed in the middle of it', async () => {
  const first = await openStateDir(options())
  await first.save({ contracts, genesisTime: 7 })
  await first.close()
  const reopened = async (dump: string) => {
    await writeFile(join(folder, 'l1.json.dump'), dump)
    const { l1StateFile, close } = await openStateDir(options())
    await close()
    return await readFile(l1StateFile!, 'utf8')
  }
  expect(await reopened('{"block":1}')).toBe('{"block":1}')
  expect(await reopened('{"block":')).toBe('{"block":1}')
  expect(existsSync(join(folder, 'l1.json.dump'))).toBe(false)
})

test('a folder made with other options is refused, naming them', async () => {
  const first = await openStateDir(options())
  await first.save({ contracts, genesisTime: 7 })
  await first.close()
  await expect(openStateDir({ ...options(), blockTime: 1, fork: 'isthmus' })).rejects.toMatchObject(
    {
      code: 'STATE_DIR_OTHER_OPTIONS',
      exitCode: 3,
      shortMessage: `the devnet in ${folder} was made with other options: blockTime 2, not 1; fork karst, not isthmus`,
    },
  )
})

test('what an unfinished start left is not taken for a chain', async () => {
  await writeFile(join(folder, 'l1.json'), 'half')
  const { l1StateFile, close } = await openStateDir(options())
  expect(existsSync(l1StateFile!)).toBe(false)
  await close()
})

test.each(['{', '{}', 'null'])('a record that says %s is damaged', async (text) => {
  await writeFile(join(folder, 'devnet.json'), text)
  await expect(openStateDir(options())).rejects.toMatchObject({
    code: 'STATE_DIR_DAMAGED',
    exitCode: 3,
    metaMessages: ['Remove the state folder to begin a new chain.'],
  })
})

test('a file that a saved chain lacks, or that cannot be read, is damage too', async () => {
  const path = join(folder, 'genesis.json')
  await expect(readSavedFile(path, JSON.parse)).rejects.toMatchObject({ code: 'STATE_DIR_DAMAGED' })
  await writeFile(path, 'x')
  await expect(readSavedFile(path, JSON.parse)).rejects.toMatchObject({ code: 'STATE_DIR_DAMAGED' })
})

test('without a folder a temporary one is made and removed', async () => {
  const state = await openStateDir(defaultDevnetOptions)
  expect(state.l1StateFile).toBeUndefined()
  expect(existsSync(state.jwtSecretPath)).toBe(true)
  await state.close()
  expect(existsSync(dirname(state.jwtSecretPath))).toBe(false)
})
