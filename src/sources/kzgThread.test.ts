import { afterAll, beforeAll, expect, test } from 'vitest'
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
  let longestMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last)
    last = performance.now()
  }, 5)
  const other = await startKzgThread()
  await other.proveCells(blob)
  clearInterval(timer)
  await other.close()
  expect(longestMs).toBeLessThan(500)
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
