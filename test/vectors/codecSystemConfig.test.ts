import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../src/base/errors.ts'
import { type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { decodeConfigUpdateLog } from '../../src/protocol/systemConfigUpdate.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

interface UpdateVector {
  readonly id: string
  readonly updateType: number
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly expected: Readonly<Record<string, string | number>> | null
  readonly expectedError: string | null
}

/** The vectors' names of fields, where ours say more. */
const fieldNames: Readonly<Record<string, string>> = {
  denominator: 'eip1559Denominator',
  elasticity: 'eip1559Elasticity',
  constant: 'operatorFeeConstant',
}

describe.skipIf(!haveVectors)(`updates of the system config${vectorsNote}`, () => {
  const vectors = haveVectors
    ? readVectorJson<UpdateVector[]>('codec/system_config_updates.json')
    : []

  test.each(vectors.filter(({ expectedError }) => expectedError))('$id is refused', (vector) => {
    expect(() => decodeConfigUpdateLog(logOf(vector))).toThrow(DecodeError)
  })

  test.each(vectors.filter(({ expectedError }) => !expectedError))('$id is read', (vector) => {
    const update = decodeConfigUpdateLog(logOf(vector)) as Readonly<Record<string, unknown>>
    for (const [name, value] of Object.entries(vector.expected ?? {})) {
      const isOperatorFee = update['type'] === 'operatorFee' && name === 'scalar'
      const actual = update[isOperatorFee ? 'operatorFeeScalar' : (fieldNames[name] ?? name)]
      expect(comparable(actual), name).toBe(comparable(value))
    }
  })
})

function logOf({ topics, data }: UpdateVector) {
  return { topics, data: hexToBytes(data) }
}

/** Numbers, decimal and hex texts of any width by their value. */
function comparable(value: unknown): bigint {
  return BigInt(value as string | number | bigint)
}
