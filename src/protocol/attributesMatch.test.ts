import { describe, expect, it } from 'vitest'
import type { Fork } from '../chain/forks.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { attributesMismatches } from './attributesMatch.ts'
import { extraDataForAttributes } from './extraData.ts'
import type { ExecutionPayload, PayloadAttributes, PayloadEnvelope } from './payload.ts'

const parentHash = `0x${'0a'.repeat(32)}` as const
const other = `0x${'ee'.repeat(32)}` as const

/** Attributes of one fork, and the block that was built of them. */
function pair(fork: Fork, eip1559Params = Uint8Array.of(0, 0, 0, 250, 0, 0, 0, 6)) {
  const config = testRollupConfig(fork)
  const has = (since: Fork) => config.forkTimes[since as 'canyon'] !== undefined
  const attributes: PayloadAttributes = {
    timestamp: 1_010n,
    prevRandao: `0x${'0b'.repeat(32)}`,
    suggestedFeeRecipient: '0x4200000000000000000000000000000000000011',
    withdrawals: has('canyon') ? [] : undefined,
    parentBeaconBlockRoot: has('ecotone') ? `0x${'0c'.repeat(32)}` : undefined,
    transactions: [Uint8Array.of(0x7e, 1), Uint8Array.of(2, 3)],
    noTxPool: true,
    gasLimit: 30_000_000n,
    eip1559Params: has('holocene') ? eip1559Params : undefined,
    minBaseFee: has('jovian') ? 1_000n : undefined,
  }
  const executionPayload: ExecutionPayload = {
    parentHash,
    feeRecipient: attributes.suggestedFeeRecipient,
    stateRoot: other,
    receiptsRoot: other,
    logsBloom: new Uint8Array(256),
    prevRandao: attributes.prevRandao,
    blockNumber: 5n,
    gasLimit: attributes.gasLimit,
    gasUsed: 21_000n,
    timestamp: attributes.timestamp,
    extraData: extraDataForAttributes(config, config.chainOpConfig, attributes),
    baseFeePerGas: 1n,
    blockHash: other,
    transactions: attributes.transactions,
    withdrawals: attributes.withdrawals,
    blobGasUsed: has('ecotone') ? 0n : undefined,
    excessBlobGas: has('ecotone') ? 0n : undefined,
    withdrawalsRoot: has('isthmus') ? other : undefined,
  }
  const block: PayloadEnvelope = {
    executionPayload,
    parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
  }
  return { config, attributes, block }
}

/** The mismatches after a change of the block. */
function mismatches(
  fork: Fork,
  payload: Partial<ExecutionPayload>,
  envelope: Partial<PayloadEnvelope> = {},
) {
  const { config, attributes, block } = pair(fork)
  const executionPayload = { ...block.executionPayload, ...payload }
  return attributesMismatches(config, attributes, parentHash, {
    ...block,
    ...envelope,
    executionPayload,
  })
}

describe('what a block is compared in with derived attributes', () => {
  for (const fork of ['bedrock', 'canyon', 'ecotone', 'holocene', 'isthmus', 'jovian'] as const) {
    it(`nothing differs from the block that was built of them, ${fork}`, () => {
      expect(mismatches(fork, {})).toEqual([])
    })
  }

  it('what execution adds does not count', () => {
    const executed = {
      stateRoot: parentHash,
      receiptsRoot: parentHash,
      gasUsed: 1n,
      blockHash: parentHash,
    }
    expect(mismatches('jovian', executed)).toEqual([])
  })

  const changes = {
    parentHash: { parentHash: other },
    timestamp: { timestamp: 1_012n },
    prevRandao: { prevRandao: other },
    feeRecipient: { feeRecipient: '0x00000000000000000000000000000000000000aa' },
    gasLimit: { gasLimit: 30_000_001n },
    extraData: { extraData: new Uint8Array(17) },
  } as const
  for (const [field, change] of Object.entries(changes)) {
    it(field, () => {
      expect(mismatches('jovian', change)).toEqual([field])
    })
  }

  it('how many transactions there are, and every byte of them', () => {
    const [deposit, user] = pair('jovian').attributes.transactions
    for (const transactions of [
      [deposit!],
      [deposit!, user!, user!],
      [deposit!, Uint8Array.of(2, 4)],
      [user!, deposit!],
    ]) {
      expect(mismatches('jovian', { transactions })).toEqual(['transactions'])
    }
  })

  it('whether there is an empty list of withdrawals', () => {
    const withdrawal = { index: 0n, validatorIndex: 0n, address: '0x', amount: 1n } as const
    expect(mismatches('canyon', { withdrawals: undefined })).toEqual(['withdrawals'])
    expect(mismatches('canyon', { withdrawals: [withdrawal] })).toEqual(['withdrawals'])
    expect(mismatches('bedrock', { withdrawals: [] })).toEqual(['withdrawals'])
  })

  it('from Isthmus, whether there is a withdrawals root', () => {
    expect(mismatches('isthmus', { withdrawalsRoot: undefined })).toEqual(['withdrawalsRoot'])
    expect(mismatches('holocene', { withdrawalsRoot: other })).toEqual(['withdrawalsRoot'])
  })

  it('the parent beacon block root, and whether there is one', () => {
    expect(mismatches('ecotone', {}, { parentBeaconBlockRoot: other })).toEqual([
      'parentBeaconBlockRoot',
    ])
    expect(mismatches('ecotone', {}, { parentBeaconBlockRoot: undefined })).toEqual([
      'parentBeaconBlockRoot',
    ])
  })

  it('fee parameters; zeros stand for the constants of Canyon', () => {
    const { config, attributes, block } = pair('holocene', new Uint8Array(8))
    expect(block.executionPayload.extraData).toEqual(Uint8Array.of(0, 0, 0, 0, 250, 0, 0, 0, 6))
    expect(attributesMismatches(config, attributes, parentHash, block)).toEqual([])
    const extraData = Uint8Array.of(0, 0, 0, 0, 50, 0, 0, 0, 6)
    expect(mismatches('holocene', { extraData })).toEqual(['extraData'])
    expect(mismatches('bedrock', { extraData })).toEqual(['extraData'])
  })
})
