import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { keccak256Hex } from '../../src/base/keccak.ts'
import { openLevelStore } from '../../src/execution/chain/levelStore.ts'
import { WorldState } from '../../src/execution/state/worldState.ts'
import { hashHeader } from '../../src/protocol/header.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openTestChain, testAccounts } from '../../src/testing/executionChain.ts'

const script = fileURLToPath(new URL('./killedEngine.ts', import.meta.url))
let folder: string
afterEach(() => rm(folder, { recursive: true }))

/** Lets the process acknowledge that many blocks and kills it in the middle of the next. */
async function acknowledged(blocks: number, nonce: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder, `${nonce}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const hashes: string[] = []
  for await (const line of createInterface(child.stdout)) {
    hashes.push(line.split(' ')[1]!)
    if (hashes.length === blocks) child.kill('SIGKILL')
  }
  return hashes
}

it('loses no acknowledged block when it is killed, again and again', async () => {
  folder = await mkdtemp(join(tmpdir(), 'takt-killed-'))
  let nonce = 0
  for (const blocks of [3, 7, 4]) {
    const hashes = await acknowledged(blocks, nonce)
    await using chain = await openTestChain({
      store: await openLevelStore(folder, { clock: systemClock }),
    })
    const store = chain.stack.chain
    for (const hash of hashes) expect(store.header(hash as `0x${string}`)).toBeDefined()
    const { head } = store.heads
    const last = store.header(hashes.at(-1) as `0x${string}`)!
    expect(store.isCanonical({ hash: hashes.at(-1) as `0x${string}`, number: last.number })).toBe(
      true,
    )

    let transactions = 0
    for (let number = 0n; number <= head.number; number++) {
      const block = store.block(store.canonicalHash(number)!)!
      expect(hashHeader(block.header)).toBe(block.hash)
      for (const [index, raw] of block.transactions.entries()) {
        const place = store.transactionPlace(keccak256Hex(raw))
        expect(place).toEqual({ blockHash: block.hash, index })
      }
      transactions += block.transactions.length
    }
    const state = WorldState.at(chain.stack.states, store.headHeader.stateRoot)
    const sender = testAccounts[0]!.address.toLowerCase() as `0x${string}`
    expect(state.account(sender)?.nonce).toBe(BigInt(transactions))
    nonce = transactions
  }
})
