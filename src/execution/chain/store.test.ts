import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import { openLevelStore } from './levelStore.ts'
import { type KeyValueStore, MemoryStore } from './store.ts'

const folders: string[] = []
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'takt-store-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const bytes = (...values: number[]) => Uint8Array.from(values)

const kinds: [string, () => Promise<KeyValueStore>][] = [
  ['memory', async () => new MemoryStore()],
  ['level', async () => openLevelStore(await newFolder())],
]

describe.each(kinds)('a %s store', (_, open) => {
  it('reads what was written', async () => {
    const store = await open()
    await store.write([{ key: bytes(1), value: bytes(1, 2, 3) }], { sync: true })
    expect(store.get(bytes(1))).toEqual(bytes(1, 2, 3))
    expect(store.get(bytes(2))).toBeUndefined()
    await store.close()
  })

  it('shows a write before it is on the disk', async () => {
    const store = await open()
    const first = store.write([{ key: bytes(1), value: bytes(1) }], { sync: false })
    const second = store.write([{ key: bytes(1), value: undefined }], { sync: false })
    expect(store.get(bytes(1))).toBeUndefined()
    await first
    expect(store.get(bytes(1))).toBeUndefined()
    await second
    expect(store.get(bytes(1))).toBeUndefined()
    await store.close()
  })

  it('takes an empty value for a value', async () => {
    const store = await open()
    await store.write([{ key: bytes(7), value: bytes() }], { sync: false })
    expect(store.get(bytes(7))).toEqual(bytes())
    await store.close()
  })
})

describe('a level store', () => {
  it('finds everything again when it is opened again', async () => {
    const folder = await newFolder()
    const store = await openLevelStore(folder)
    void store.write([{ key: bytes(1), value: bytes(9) }], { sync: false })
    await store.close()
    const again = await openLevelStore(folder)
    expect(again.get(bytes(1))).toEqual(bytes(9))
    await again.close()
  })

  it('says that another process uses the folder', async () => {
    const folder = await newFolder()
    const store = await openLevelStore(folder)
    await expect(openLevelStore(folder)).rejects.toThrow(ConfigError)
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'DATA_DIR' })
    await store.close()
  })

  it('refuses every write after one that failed', async () => {
    const store = await openLevelStore(await newFolder())
    await store.close()
    const write = () => store.write([{ key: bytes(1), value: bytes(1) }], { sync: false })
    await expect(write()).rejects.toMatchObject({ code: 'STORE_WRITE', severity: 'critical' })
    await expect(write()).rejects.toMatchObject({ code: 'STORE_WRITE', severity: 'critical' })
  })
})
