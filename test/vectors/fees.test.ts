import { describe, expect, it } from 'vitest'
import { emptyBytes } from '../../src/base/bytes.ts'
import { type Hex, hexToBytes } from '../../src/base/hex.ts'
import { rlpEncode } from '../../src/base/rlp.ts'
import type { Fork } from '../../src/chain/forks.ts'
import { rulesOf } from '../../src/execution/chainConfig.ts'
import { daFootprint } from '../../src/execution/fees/daFootprint.ts'
import type { FeeParameters } from '../../src/execution/fees/feeParameters.ts'
import { l1Fee, l1GasUsed } from '../../src/execution/fees/l1Fee.ts'
import { operatorFee } from '../../src/execution/fees/operatorFee.ts'
import { fastLzLength } from '../../src/protocol/fastLz.ts'
import { isDepositTransaction } from '../../src/protocol/transaction.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

describe.skipIf(!haveVectors)(`fees${vectorsNote}`, () => {
  const vectors = haveVectors ? readVectorJson<FeeVectors>('codec/l1_fee.json') : undefined
  const calculations = vectors?.calculations ?? []

  it('estimate by FastLZ what the reference estimates', () => {
    for (const { input, expected } of vectors!.fastlz.cases) {
      expect(fastLzLength(hexToBytes(input))).toBe(expected)
    }
  })

  it.each([
    ['regolith', 'bedrock'],
    ['ecotone', 'ecotone'],
    ['fjord', 'fjord'],
  ] as const)('for L1 data under %s', (fork, name) => {
    const vector = calculations.find((each) => each.fork === name && each.l1BaseFee !== undefined)!
    const parameters = parametersOf(vector)
    const raw = hexToBytes(vector.tx!)
    expect(l1Fee(raw, parameters, rulesOf(fork))).toBe(BigInt(vector.expectedFee!))
  })

  it('for L1 data of a real Ecotone transaction', () => {
    const { tx, expectedFee, expectedL1GasUsed, ...given } = vectors!.realEcotone
    const raw = hexToBytes(tx!)
    const rules = rulesOf('ecotone')
    expect(l1Fee(raw, parametersOf(given), rules)).toBe(BigInt(expectedFee!))
    expect(l1GasUsed(raw, parametersOf(given), rules)).toBe(BigInt(expectedL1GasUsed!))
  })

  it('for L1 data are those of op-geth on an empty transaction', () => {
    const { emptyTxParams: given, expected } = vectors!.opgeth
    const bedrock = parametersOf({ l1BaseFee: given.baseFee, ...given }, 'bedrock')
    const ecotone = parametersOf({ l1BaseFee: given.baseFee, ...given }, 'ecotone')
    const fee = (fork: Fork, parameters: FeeParameters) =>
      l1Fee(emptyTransaction, parameters, rulesOf(fork))
    const gas = (fork: Fork, parameters: FeeParameters) =>
      l1GasUsed(emptyTransaction, parameters, rulesOf(fork))

    expect(fee('bedrock', bedrock)).toBe(BigInt(expected.bedrockFee))
    expect(fee('regolith', bedrock)).toBe(BigInt(expected.regolithFee))
    expect(fee('ecotone', ecotone)).toBe(BigInt(expected.ecotoneFee))
    expect(fee('fjord', ecotone)).toBe(BigInt(expected.fjordFee))
    expect(gas('bedrock', bedrock)).toBe(BigInt(expected.bedrockGas))
    expect(gas('regolith', bedrock)).toBe(BigInt(expected.regolithGas))
    expect(gas('ecotone', ecotone)).toBe(BigInt(expected.ecotoneGas))
    expect(gas('fjord', ecotone)).toBe(BigInt(expected.minimumFjordGas))
  })

  it.each(['isthmus', 'jovian'] as const)('for the operator under %s', (fork) => {
    const vector = calculations.find((each) => each.fork === fork)!
    const operator = {
      scalar: BigInt(vector.operatorFeeScalar!),
      constant: BigInt(vector.operatorFeeConstant!),
    }
    const parameters = { ...parametersOf({}), operator }
    expect(operatorFee(BigInt(vector.gas!), parameters, rulesOf(fork))).toBe(
      BigInt(vector.expectedOperatorFee!),
    )
  })

  it('add up to the DA footprint of a real Jovian block', () => {
    const { block37312299: block } = readVectorJson<JovianBlock>(
      'jovian_partial/base-sepolia-37312299.json.gz',
    )
    const parameters = {
      ...parametersOf({}),
      daFootprintGasScalar: BigInt(vectors!.realJovianDaFootprint.daFootprintGasScalar),
    }
    const total = block.transactions
      .map(hexToBytes)
      .filter((raw) => !isDepositTransaction(raw))
      .reduce((sum, raw) => sum + daFootprint(raw, parameters), 0n)
    expect(total).toBe(BigInt(vectors!.realJovianDaFootprint.expectedBlobGasUsed))
    expect(total).toBe(BigInt(block.header.blobGasUsed))
  })
})

interface Calculation {
  readonly fork?: string
  readonly tx?: Hex
  readonly l1BaseFee?: number | string
  readonly overhead?: number
  readonly scalar?: number
  readonly baseFeeScalar?: number
  readonly blobBaseFee?: number | string
  readonly blobBaseFeeScalar?: number
  readonly operatorFeeScalar?: number
  readonly operatorFeeConstant?: number
  readonly gas?: number
  readonly expectedFee?: string
  readonly expectedL1GasUsed?: number
  readonly expectedOperatorFee?: string
}

interface FeeVectors {
  readonly fastlz: { readonly cases: readonly { readonly input: Hex; readonly expected: number }[] }
  readonly calculations: readonly Calculation[]
  readonly realEcotone: Calculation
  readonly opgeth: {
    readonly emptyTxParams: Calculation & { readonly baseFee: string }
    readonly expected: Readonly<
      Record<
        | 'bedrockFee'
        | 'regolithFee'
        | 'ecotoneFee'
        | 'fjordFee'
        | 'bedrockGas'
        | 'regolithGas'
        | 'ecotoneGas'
        | 'minimumFjordGas',
        string | number
      >
    >
  }
  readonly realJovianDaFootprint: {
    readonly daFootprintGasScalar: number
    readonly expectedBlobGasUsed: number
  }
}

interface JovianBlock {
  readonly block37312299: {
    readonly header: { readonly blobGasUsed: Hex }
    readonly transactions: readonly Hex[]
  }
}

/** An unsigned legacy transaction without value, gas or data. */
const emptyTransaction = rlpEncode([
  emptyBytes,
  emptyBytes,
  emptyBytes,
  hexToBytes('0x095e7baea6a6c7c4c2dfeb977efac326af552d87'),
  emptyBytes,
  emptyBytes,
  emptyBytes,
  emptyBytes,
  emptyBytes,
])

function parametersOf(
  given: Calculation,
  type: 'bedrock' | 'ecotone' = given.overhead === undefined ? 'ecotone' : 'bedrock',
): FeeParameters {
  return {
    l1BaseFee: BigInt(given.l1BaseFee ?? 0),
    l1:
      type === 'bedrock'
        ? { type, overhead: BigInt(given.overhead ?? 0), scalar: BigInt(given.scalar ?? 0) }
        : {
            type,
            blobBaseFee: BigInt(given.blobBaseFee ?? 0),
            baseFeeScalar: BigInt(given.baseFeeScalar ?? 0),
            blobBaseFeeScalar: BigInt(given.blobBaseFeeScalar ?? 0),
          },
    operator: undefined,
    daFootprintGasScalar: undefined,
  }
}
