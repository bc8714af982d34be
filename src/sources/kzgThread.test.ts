import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nextTurn } from '../runtime/nextTurn.ts'
import { createKzgLoader, type KzgThread, startKzgThread } from './kzgThread.ts'

let kzg: KzgThread
const blob = new Uint8Array(131_072)
for (let i = 1; i < blob.length; i += 32) blob[i] = i % 251

beforeAll(async () => {
  kzg = await startKzgThread()
})
afterAll(() => kzg.close())

test('a blob is committed to, proven and verified', async () => {
  const commitment = await kzg.commit(blob)
  const proof = await kzg.prove(blob, commitment)
  expect(await kzg.verify([blob], [commitment], [proof])).toBe(true)
  expect(await kzg.verify([new Uint8Array(131_072)], [commitment], [proof])).toBe(false)
})

test('each of the 128 cells of a blob has its proof', async () => {
  const proofs = await kzg.proveCells(blob)
  expect(proofs.map(({ length }) => length)).toEqual(Array(128).fill(48))
})

test('the calling thread stays free while the library loads and proves', async () => {
  const other = await startKzgThread()
  let isProving = true
  const proving = other.proveCells(blob).finally(() => {
    isProving = false
  })
  let turns = 0
  for (; isProving; turns++) await nextTurn()
  // Held up by the library, it would get to one at most.
  expect(turns).toBeGreaterThan(5)
  await proving
  await other.close()
})

test('what is no blob is refused', async () => {
  await expect(kzg.commit(new Uint8Array(131_072).fill(0xff))).rejects.toThrow()
})

test('after the end every call fails', async () => {
  const other = await startKzgThread()
  const pending = expect(other.proveCells(blob)).rejects.toMatchObject({ code: 'KZG_GONE' })
  await other.close()
  await pending
  await expect(other.commit(blob)).rejects.toMatchObject({ code: 'KZG_GONE' })
})

test('a loader starts one thread, and another after that one has ended', async () => {
  const loader = createKzgLoader()
  const first = await loader.load()
  expect(await loader.load()).toBe(first)
  await loader.close()
  const second = await loader.load()
  expect(second).not.toBe(first)
  expect(await second.commit(blob)).toHaveLength(48)
  await loader.close()
})

// Arguments that are let go of in the wrong thread corrupt the heap: with many of them the process died in two of three
// runs.
test('threads leave the handles of each other alone', async () => {
  const script = `
    import { startKzgThread } from ${JSON.stringify(import.meta.resolve('./kzgThread.ts'))}
    const threads = await Promise.all([1, 2].map(() => startKzgThread()))
    const points = Array.from({ length: 500 }, () => new Uint8Array(48))
    const check = async (kzg) => {
      for (let i = 0; i < 150; i++) await kzg.verify([], points, points)
    }
    await Promise.all([...threads, ...threads].map(check))
    threads[0].proveCells(new Uint8Array(131_072))
    await threads[1].commit(new Uint8Array(131_072))
    process.exit(7)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await once(child, 'exit')).toEqual([7, null])
})
