import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { openLevelStore, syncMark } from './levelStore.ts'
import { type KeyValueStore, MemoryStore } from './store.ts'

const clock = new ManualClock()
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
  ['level', async () => openLevelStore(await newFolder(), { clock })],
]

describe.each(kinds)('a %s store', (_, open) => {
  it('reads what was written', async () => {
    const store = await open()
    await store.write([{ key: bytes(1), value: bytes(1, 2, 3) }])
    expect(store.get(bytes(1))).toEqual(bytes(1, 2, 3))
    expect(store.get(bytes(2))).toBeUndefined()
    await store.close()
  })

  it('shows a write before it is on the disk', async () => {
    const store = await open()
    const first = store.write([{ key: bytes(1), value: bytes(1) }])
    const second = store.write([{ key: bytes(1), value: undefined }])
    expect(store.get(bytes(1))).toBeUndefined()
    await first
    expect(store.get(bytes(1))).toBeUndefined()
    await second
    expect(store.get(bytes(1))).toBeUndefined()
    await store.close()
  })

  it('takes an empty value for a value', async () => {
    const store = await open()
    await store.write([{ key: bytes(7), value: bytes() }])
    expect(store.get(bytes(7))).toEqual(bytes())
    await store.close()
  })
})

describe('a level store', () => {
  it('finds everything again when it is opened again', async () => {
    const folder = await newFolder()
    const store = await openLevelStore(folder, { clock })
    void store.write([{ key: bytes(1), value: bytes(9) }])
    await store.close()
    const again = await openLevelStore(folder, { clock })
    expect(again.get(bytes(1))).toEqual(bytes(9))
    await again.close()
  })

  it('says that another process uses the folder', async () => {
    const folder = await newFolder()
    const store = await openLevelStore(folder, { clock })
    await expect(openLevelStore(folder, { clock })).rejects.toThrow(ConfigError)
    await expect(openLevelStore(folder, { clock })).rejects.toMatchObject({ code: 'DATA_DIR' })
    await store.close()
  })

  it('refuses every write after one that failed', async () => {
    const store = await openLevelStore(await newFolder(), { clock })
    await store.close()
    const write = () => store.write([{ key: bytes(1), value: bytes(1) }])
    await expect(write()).rejects.toMatchObject({ code: 'STORE_WRITE', severity: 'critical' })
    await expect(write()).rejects.toMatchObject({ code: 'STORE_WRITE', severity: 'critical' })
  })

  it('brings what was written to the disk soon after, once for all of it', async () => {
    const store = await openLevelStore(await newFolder(), { clock })
    await store.write([{ key: bytes(1), value: bytes(1) }])
    await store.write([{ key: bytes(2), value: bytes(2) }])
    expect(clock.sleeping).toBe(1)
    expect(store.get(syncMark)).toBeUndefined()
    await clock.advance(100)
    await expect.poll(() => store.get(syncMark)).toEqual(bytes())
    expect(clock.sleeping).toBe(0)
    await store.close()
  })

  it('brings all to the disk when it is closed, without waiting', async () => {
    const folder = await newFolder()
    const store = await openLevelStore(folder, { clock })
    await store.write([{ key: bytes(1), value: bytes(1) }])
    await store.close()
    expect(clock.sleeping).toBe(0)
    const again = await openLevelStore(folder, { clock })
    expect(again.get(syncMark)).toEqual(bytes())
    await again.close()
  })
})
