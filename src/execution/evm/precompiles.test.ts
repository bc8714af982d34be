import { describe, expect, it } from 'vitest'
import { type Address, zeroAddress, zeroHash } from '../../base/hex.ts'
import type { Fork } from '../../chain/forks.ts'
import { JournaledState } from '../state/journaledState.ts'
import { StateDatabase } from '../state/stateDatabase.ts'
import { WorldState } from '../state/worldState.ts'
import { EvmPool } from './evmPool.ts'
import type { MessageResult } from './opEvm.ts'
import type { Pause } from './pausePoints.ts'

const pairing = '0x0000000000000000000000000000000000000008'
const blake2f = '0x0000000000000000000000000000000000000009'
const pointEvaluation = '0x000000000000000000000000000000000000000a'
const g1Msm = '0x000000000000000000000000000000000000000c'
const g2Msm = '0x000000000000000000000000000000000000000e'
const blsPairing = '0x000000000000000000000000000000000000000f'
const p256Verify = '0x0000000000000000000000000000000000000100'

describe('opPrecompiles', () => {
  // The sizes are whole numbers of pairs: the longest that is allowed, and one pair more.
  it.each<[Fork, string, Address, number, number]>([
    ['granite', 'bn256Pairing', pairing, 112_512, 192],
    ['isthmus', 'bn256Pairing', pairing, 112_512, 192],
    ['jovian', 'bn256Pairing', pairing, 81_984, 192],
    ['karst', 'bn256Pairing', pairing, 57_600, 192],
    ['isthmus', 'BLS12-381 G1 MSM', g1Msm, 513_760, 160],
    ['jovian', 'BLS12-381 G1 MSM', g1Msm, 288_960, 160],
    ['karst', 'BLS12-381 G1 MSM', g1Msm, 288_960, 160],
    ['isthmus', 'BLS12-381 G2 MSM', g2Msm, 488_448, 288],
    ['jovian', 'BLS12-381 G2 MSM', g2Msm, 278_784, 288],
    ['isthmus', 'BLS12-381 pairing', blsPairing, 235_008, 384],
    ['jovian', 'BLS12-381 pairing', blsPairing, 156_672, 384],
  ])('under %s %s takes no more than its limit', async (fork, _, address, longest, pair) => {
    // With too little gas, what is long enough fails for its gas; what is too long fails before that.
    const allowed = await call(fork, address, new Uint8Array(longest))
    expect(allowed).toMatchObject({ failure: 'out of gas', gasUsed: 1_000n })
    const refused = await call(fork, address, new Uint8Array(longest + pair))
    expect(refused).toMatchObject({ failure: 'invalid input length', gasUsed: 1_000n })
  })

  it('sets no limit before Granite', async () => {
    const result = await call('fjord', pairing, new Uint8Array(192 * 1_000))
    expect(result.failure).toBe('out of gas')
  })

  it.each<[string, Address, Uint8Array, bigint]>([
    ['BLAKE2F', blake2f, blake2Input(20_000), 20_000n],
    // Points at infinity cost as much gas as others.
    ['bn256Pairing', pairing, new Uint8Array(192 * 20), 725_000n],
    ['BLS12-381 G1 MSM', g1Msm, new Uint8Array(160 * 80), 536_640n],
    ['BLS12-381 G2 MSM', g2Msm, new Uint8Array(288 * 40), 561_600n],
    ['BLS12-381 pairing', blsPairing, new Uint8Array(384 * 20), 689_700n],
  ])('lets others have a turn during %s, and can be given up', async (_, to, data, gas) => {
    let pauses = 0
    const count = async () => void pauses++
    const whole = await call('karst', to, data, { gasLimit: gas, pause: count })
    expect(whole).toMatchObject({ failure: undefined, gasUsed: gas })
    expect(pauses).toBeGreaterThanOrEqual(20)
    const giveUp = () => {
      throw new Error('enough')
    }
    const given = call('karst', to, data, { gasLimit: gas, pause: giveUp })
    await expect(given).rejects.toThrow('enough')
    const short = await call('karst', to, data, { gasLimit: gas - 1n })
    expect(short).toMatchObject({ failure: 'out of gas', gasUsed: gas - 1n })
  })

  it.each<[string, Address, Uint8Array]>([
    ['BLAKE2F of another length', blake2f, new Uint8Array(212)],
    ['BLAKE2F with another flag', blake2f, blake2Input(1).fill(2, 212)],
    ['BLS12-381 G1 MSM of a point off the curve', g1Msm, new Uint8Array(160).fill(1, 127, 128)],
    [
      'BLS12-381 G2 MSM of a number above the modulus',
      g2Msm,
      new Uint8Array(288).fill(255, 16, 64),
    ],
    [
      'BLS12-381 pairing of a point off the curve',
      blsPairing,
      new Uint8Array(384).fill(1, 127, 128),
    ],
    [
      'BLS12-381 pairing of a number above the modulus',
      blsPairing,
      new Uint8Array(384).fill(255, 16, 64),
    ],
    ['a point evaluation of another length', pointEvaluation, new Uint8Array(191)],
    ['a point evaluation of another commitment', pointEvaluation, new Uint8Array(192)],
    ['bn256Pairing of half a pair', pairing, new Uint8Array(96)],
    ['bn256Pairing of a point off the curve', pairing, new Uint8Array(192).fill(1, 31, 32)],
    ['bn256Pairing of a number above the modulus', pairing, new Uint8Array(192).fill(255, 0, 32)],
  ])('takes all the gas for %s', async (_, to, data) => {
    const result = await call('karst', to, data, { gasLimit: 100_000n })
    expect(result.failure).toBeDefined()
    expect(result.gasUsed).toBe(100_000n)
  })

  it('has P256VERIFY from Fjord on', async () => {
    expect((await call('ecotone', p256Verify, new Uint8Array(160))).failure).toBeUndefined()
    expect((await call('fjord', p256Verify, new Uint8Array(160))).failure).toBe('out of gas')
  })
})

const evms = new EvmPool(10n)

function blake2Input(rounds: number): Uint8Array {
  const input = new Uint8Array(213)
  new DataView(input.buffer).setUint32(0, rounds)
  return input
}

function call(
  fork: Fork,
  to: Address,
  data: Uint8Array,
  { gasLimit = 1_000n, pause = undefined as Pause | undefined } = {},
): Promise<MessageResult> {
  const nowhere = () => undefined
  const database = new StateDatabase({}, { node: nowhere, code: nowhere })
  const message = { caller: zeroAddress, to, value: 0n, data, gasLimit, gasPrice: 0n }
  const state = new JournaledState(WorldState.empty(database))
  return evms.run(fork, state, block, { ...message, warm: [], pause })
}

const block = {
  number: 1n,
  timestamp: 1n,
  feeRecipient: zeroAddress,
  gasLimit: 30_000_000n,
  baseFee: 0n,
  prevRandao: zeroHash,
  blockHash: () => zeroHash,
}
