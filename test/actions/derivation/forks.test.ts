import { describe, expect, test } from 'vitest'
import { bigIntToBytes, concatBytes } from '../../../src/base/bytes.ts'
import type { Address, Hash } from '../../../src/base/hex.ts'
import { zeroHash } from '../../../src/base/hex.ts'
import { forks, forkTimesUpTo, type ScheduledFork } from '../../../src/chain/forks.ts'
import { depositEventTopic } from '../../../src/protocol/depositLog.ts'
import {
  decodeDepositTransaction,
  encodeDepositTransaction,
} from '../../../src/protocol/depositTransaction.ts'
import { isDepositTransaction } from '../../../src/protocol/transaction.ts'
import type { UpgradeBundle } from '../../../src/protocol/upgrade/upgradeBundle.ts'
import {
  karstUpgradeGas,
  type UpgradeFork,
  upgradeForks,
} from '../../../src/protocol/upgrade/upgradeFacts.ts'
import { DerivationWorld } from '../../../src/testing/derivationWorld.ts'

const upgrade = encodeDepositTransaction({
  sourceHash: `0x${'0f'.repeat(32)}`,
  from: `0x${'0d'.repeat(20)}`,
  to: undefined,
  mint: 0n,
  value: 0n,
  gas: 1_000n,
  isSystemTransaction: false,
  data: Uint8Array.of(1),
})

/** One transaction stands for each upgrade. */
const upgradeBundles = new Map(
  upgradeForks.map((fork): [UpgradeFork, UpgradeBundle] => [
    fork,
    { fork, transactions: [upgrade], gas: karstUpgradeGas },
  ]),
)

/** A world in which a fork activates with the third block. */
function worldBefore(fork: ScheduledFork): DerivationWorld {
  const before = forks[forks.indexOf(fork) - 1]!
  const forkTimes = { ...forkTimesUpTo(before), [fork]: 1_000_006n }
  return new DerivationWorld({ config: { forkTimes }, upgradeBundles })
}

describe('the activation block', () => {
  test.each(['canyon', 'delta', 'granite', 'holocene'] as const)(
    'of %s is like any other',
    async (fork) => {
      const world = worldBefore(fork)
      world.postSingular(...(await world.sequenceMany(5)))
      const derived = await world.derive()
      expect(derived.map(({ attributes }) => attributes.transactions.length)).toEqual([
        2, 2, 2, 2, 2,
      ])
      expect(world.safeHead).toEqual(world.sequencerHead)
    },
  )

  test.each(['ecotone', 'fjord', 'isthmus'] as const)(
    'of %s upgrades contracts before the transactions of users',
    async (fork) => {
      const world = worldBefore(fork)
      world.postSingular(...(await world.sequenceMany(5)))
      const derived = await world.derive()
      const third = derived[2]!.attributes.transactions
      expect(third).toHaveLength(3)
      expect(third[1]).toEqual(upgrade)
      expect(derived[3]!.attributes.transactions).toHaveLength(2)
      expect(world.safeHead).toEqual(world.sequencerHead)
    },
  )

  test.each(['jovian', 'karst'] as const)('of %s holds no transactions of users', async (fork) => {
    const world = worldBefore(fork)
    const blocks = await world.sequenceMany(2)
    blocks.push(await world.sequence(), ...(await world.sequenceMany(2)))
    world.postSpan(...blocks)
    const derived = await world.derive()
    expect(derived.map(({ attributes }) => attributes.transactions.length)).toEqual([2, 2, 2, 2, 2])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test.each(['jovian', 'karst'] as const)(
    'of %s with some is dropped with its channel',
    async (fork) => {
      const world = worldBefore(fork)
      world.postSpan(...(await world.sequenceMany(5)))
      await world.derive()
      expect(world.verdicts.at(-1)).toBe('drop: activationBlockNotEmpty')
      expect(world.safeHead.number).toBe(2n)
    },
  )

  test('of Karst has room for its upgrade, and the block behind it has not', async () => {
    const world = worldBefore('karst')
    const blocks = await world.sequenceMany(2)
    blocks.push(await world.sequence())
    world.postSpan(...blocks)
    const [, second, third] = await world.derive()
    const { gasLimit } = second!.attributes
    expect(third!.attributes.gasLimit).toBe(gasLimit + karstUpgradeGas)
  })
})

describe('a deposit', () => {
  const word = (value: bigint) => bigIntToBytes(value, 32)
  const topic = (address: Address): Hash => `0x${'00'.repeat(12)}${address.slice(2)}`
  const from: Address = `0x${'aa'.repeat(20)}`
  const to: Address = `0x${'bb'.repeat(20)}`

  function depositLog(world: DerivationWorld, gas: bigint) {
    const opaque = concatBytes(word(5n), word(3n), bigIntToBytes(gas, 8), Uint8Array.of(0))
    const data = concatBytes(word(32n), word(BigInt(opaque.length)), opaque, new Uint8Array(23))
    const topics = [depositEventTopic, topic(from), topic(to), zeroHash]
    return { address: world.config.depositContractAddress, topics, data }
  }

  test('of an L1 block opens the epoch of that block, whatever gas it asks for', async () => {
    const world = new DerivationWorld()
    const blocks = await world.sequenceMany(5)
    const gas = 1n << 25n
    world.l1.mine({ logs: [depositLog(world, 21_000n), depositLog(world, gas)] })
    blocks.push(await world.sequence([], world.l1.head))
    world.postSpan(...blocks)
    const derived = await world.derive()
    const deposits = derived.at(-1)!.attributes.transactions.filter(isDepositTransaction)
    expect(deposits.slice(1).map((raw) => decodeDepositTransaction(raw))).toMatchObject([
      { from, to, mint: 5n, value: 3n, gas: 21_000n },
      { from, to, mint: 5n, value: 3n, gas },
    ])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('is not left out when the sequencer makes no blocks', async () => {
    const world = new DerivationWorld({ config: { seqWindowSize: 3n } })
    world.l1.mine({ logs: [depositLog(world, 21_000n)] })
    world.l1.mineMany(4)
    const derived = await world.derive()
    const counts = derived.map(({ attributes }) => attributes.transactions.length)
    // Three epochs are over: five blocks behind genesis, then the one with the deposit, and so on.
    expect(counts).toEqual([1, 1, 1, 1, 1, 2, ...Array(11).fill(1)])
  })
})
