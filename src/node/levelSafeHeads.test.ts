import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlockId } from '../chain/refs.ts'
import type { SafeHeadDatabase } from '../engine/safeHeadDatabase.ts'
import { openLevelSafeHeads } from './levelSafeHeads.ts'

let directory: string
let db: SafeHeadDatabase | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'takt-safe-heads-'))
})

afterEach(async () => {
  await db?.close()
  db = undefined
  await rm(directory, { recursive: true })
})

function id(layer: 1 | 2, number: number): BlockId {
  return { hash: `0x${`${layer}${number}`.padStart(64, '0')}`, number: BigInt(number) }
}

/** L2 block `10 n` became safe at L1 block `n`, for those from `from` to `to`. */
async function fill(from: number, to: number): Promise<SafeHeadDatabase> {
  db = await openLevelSafeHeads(directory)
  for (let n = from; n <= to; n++) await db.record({ l1: id(1, n), safeHead: id(2, 10 * n) })
  return db
}

describe('the safe-head database', () => {
  it('finds the newest record at or before an L1 block', async () => {
    const heads = await fill(5, 8)
    expect(await heads.safeHeadAtL1(7n)).toEqual({ l1: id(1, 7), safeHead: id(2, 70) })
    expect(await heads.safeHeadAtL1(1_000n)).toEqual({ l1: id(1, 8), safeHead: id(2, 80) })
    expect(await heads.safeHeadAtL1(4n)).toBeUndefined()
  })

  it('keeps the last of several safe heads at one L1 block', async () => {
    const heads = await fill(5, 5)
    await heads.record({ l1: id(1, 5), safeHead: id(2, 55) })
    expect(await heads.safeHeadAtL1(5n)).toEqual({ l1: id(1, 5), safeHead: id(2, 55) })
  })

  it('forgets on a reset what came after the safe head', async () => {
    const heads = await fill(5, 9)
    await heads.reset(id(2, 65), id(1, 6))
    expect(await heads.safeHeadAtL1(100n)).toEqual({ l1: id(1, 7), safeHead: id(2, 65) })
    expect(await heads.newest()).toEqual({ l1: id(1, 7), safeHead: id(2, 65) })
    expect(await heads.safeHeadAtL1(6n)).toEqual({ l1: id(1, 6), safeHead: id(2, 60) })
  })

  it('cannot know since when a safe head was safe that is older than its records', async () => {
    const heads = await fill(5, 9)
    await heads.reset(id(2, 30), id(1, 3))
    expect(await heads.safeHeadAtL1(100n)).toBeUndefined()
    expect(await heads.newest()).toBeUndefined()
  })

  it('has nothing to forget when the safe head is newer than its records', async () => {
    const heads = await fill(5, 9)
    await heads.reset(id(2, 200), id(1, 19))
    expect(await heads.safeHeadAtL1(100n)).toEqual({ l1: id(1, 9), safeHead: id(2, 90) })
  })

  it('remembers over a restart', async () => {
    const before = await fill(5, 9)
    await before.close()
    const after = await fill(10, 10)
    expect(await after.safeHeadAtL1(9n)).toEqual({ l1: id(1, 9), safeHead: id(2, 90) })
  })

  it('says who is in the way when another process has it open', async () => {
    await fill(1, 1)
    await expect(openLevelSafeHeads(directory)).rejects.toMatchObject({ code: 'SAFE_HEADS_DIR' })
  })

  it('says which folder cannot be used', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    await expect(openLevelSafeHeads(file)).rejects.toMatchObject({
      code: 'SAFE_HEADS_DIR',
      message: expect.stringContaining(file),
    })
  })

  it('loses no record that was confirmed when the process is killed', async () => {
    const confirmed = await writeUntilKilled(directory, 20)
    db = await openLevelSafeHeads(directory)
    expect(confirmed).toBeGreaterThanOrEqual(20n)
    expect(await db.safeHeadAtL1(confirmed)).toEqual({
      l1: id(1, Number(confirmed)),
      safeHead: id(2, Number(confirmed)),
    })
  })
})

/** Lets another process write records as fast as it can, and kills it. @returns the last that it confirmed. */
async function writeUntilKilled(directory: string, count: number): Promise<bigint> {
  const script = `
    import { openLevelSafeHeads } from ${JSON.stringify(import.meta.resolve('./levelSafeHeads.ts'))}
    const db = await openLevelSafeHeads(${JSON.stringify(directory)})
    const id = (layer, n) => ({ hash: '0x' + (layer + String(n)).padStart(64, '0'), number: BigInt(n) })
    for (let n = 1; ; n++) {
      await db.record({ l1: id('1', n), safeHead: id('2', n) })
      console.log(n)
    }`
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let last = 0n
  for await (const line of createInterface({ input: child.stdout! })) {
    last = BigInt(line)
    if (last === BigInt(count)) child.kill('SIGKILL')
  }
  await exited
  return last
}
