import { beforeEach, expect, test } from 'vitest'
import { zeroHash } from '../base/hex.ts'
import { createSyncStatus } from '../driver/syncStatus.ts'
import { silentLogger } from '../runtime/logger.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { createActiveRollup } from './activeRollup.ts'
import type { RollupClient } from './rollupClient.ts'

/** A node whose outputs carry its number. */
class FakeNode implements RollupClient {
  isActive: boolean | Error = false
  isDown = false
  checks = 0
  readonly #number: bigint

  constructor(number: bigint) {
    this.#number = number
  }

  async sequencerActive() {
    this.checks++
    if (this.isActive instanceof Error) throw this.isActive
    return this.isActive
  }

  async syncStatus() {
    return createSyncStatus(
      undefined,
      { head: undefined, safe: undefined, finalized: undefined },
      undefined,
    )
  }

  async rollupConfig() {
    return testRollupConfig()
  }

  async outputAtBlock() {
    if (this.isDown) throw new Error('down')
    const block = { hash: zeroHash, number: this.#number }
    return {
      outputRoot: zeroHash,
      block,
      status: { currentL1: block, safeL2: block, finalizedL2: block },
    }
  }
}

let clock: ManualClock
let nodes: FakeNode[]
let rollup: RollupClient
const asked = async () => Number((await rollup.outputAtBlock(1n)).block.number)

beforeEach(() => {
  clock = new ManualClock()
  nodes = [0n, 1n, 2n].map((number) => new FakeNode(number))
  rollup = createActiveRollup(
    { checkIntervalMs: 1_000 },
    { clients: nodes, clock, logger: silentLogger },
  )
})

test('the node with the active sequencer is asked', async () => {
  nodes[0]!.isActive = new Error('unreachable')
  nodes[2]!.isActive = true
  expect(await asked()).toBe(2)
})

test('it is believed to stay active for a while, and then looked for again', async () => {
  nodes[0]!.isActive = true
  await asked()
  nodes[0]!.isActive = false
  nodes[1]!.isActive = true
  expect(await asked()).toBe(0)
  await clock.advance(1_000)
  expect(await asked()).toBe(1)
  expect(nodes[0]!.checks).toBe(2)
})

test('after an error it is looked for at once', async () => {
  nodes[0]!.isActive = true
  await asked()
  nodes[0]!.isDown = true
  nodes[0]!.isActive = false
  nodes[1]!.isActive = true
  await expect(asked()).rejects.toThrow('down')
  expect(await asked()).toBe(1)
})

test('while none is active every call fails for now', async () => {
  await expect(rollup.syncStatus()).rejects.toMatchObject({
    code: 'NO_ACTIVE_SEQUENCER',
    severity: 'temporary',
  })
})
