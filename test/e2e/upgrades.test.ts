import { describe, expect, test } from 'vitest'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import type { DevnetOptions } from '../../src/devnet/options.ts'
import { haveVectors, vectorsFolder, vectorsNote } from '../../src/testing/vectors.ts'

const recipient = '0x00000000000000000000000000000000000a11ce'

describe('forks that activate while the chain runs', () => {
  test('change its blocks from their time on, and the node that derives it agrees', async () => {
    await using devnet = await lockstep({
      fork: 'granite',
      upgrades: { holocene: 24 },
      gasLimit: 21_000_000,
      fund: [recipient],
    })
    const before = await devnet.mineL1(3)
    await transfer(devnet)
    await agreesAtTheEnd(devnet)
    const block = (number: number) =>
      devnet.l2.publicClient.getBlock({ blockNumber: BigInt(number) })
    expect((await block(before.l2!.unsafe.number)).extraData).toBe('0x')
    expect((await block(12)).extraData).toHaveLength(2 + 2 * 9)
    expect((await block(12)).gasLimit).toBe(21_000_000n)
    const funds = await devnet.l2.publicClient.getBalance({ address: recipient, blockNumber: 0n })
    expect(funds).toBe(10n ** 22n)
  })

  test.runIf(haveVectors)(
    `may bring transactions of their own, from a bundle${vectorsNote}`,
    async () => {
      await using devnet = await lockstep({
        fork: 'jovian',
        upgrades: { karst: 24 },
        upgradeBundlesDir: `${vectorsFolder}/codec`,
      })
      await devnet.mineL1(3)
      await transfer(devnet)
      await agreesAtTheEnd(devnet)
      const activation = await devnet.l2.publicClient.getBlock({ blockNumber: 12n })
      expect(activation.transactions.length).toBeGreaterThan(2)
    },
  )
})

function lockstep(options: Partial<DevnetOptions>): Promise<Devnet> {
  return createDevnet({ seed: 1, paused: true, verifier: true, ...options })
}

async function transfer({ l2 }: Devnet): Promise<void> {
  await l2.walletClient.sendTransaction({ to: recipient, value: 1n })
}

/** The second node, which knows of the fork from L1's time alone, has the same blocks. */
async function agreesAtTheEnd(devnet: Devnet): Promise<void> {
  const { l2, verifier } = await devnet.mineL1(8)
  expect(l2!.safe.number).toBeGreaterThan(20)
  expect(verifier!.safe).toEqual(l2!.safe)
}
