import { numberToHex, parseTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import { transactionFromJson } from './transactionJson.ts'

const account = privateKeyToAccount(`0x${'42'.repeat(32)}`)
const to = `0x${'aa'.repeat(20)}` as const
const call = { to, value: 5n, gas: 21_000n, nonce: 7, data: '0x010203' } as const
const fees = { maxFeePerGas: 2_000n, maxPriorityFeePerGas: 3n } as const
const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}` as const] }]

/** What a node says of a transaction that viem signed. */
function toJson(serialized: `0x${string}`): Record<string, unknown> {
  const { type, data, yParity, v, chainId, ...fields } = parseTransaction(
    serialized as `0x02${string}`,
  ) as unknown as Record<string, unknown>
  const types = { legacy: 0, eip2930: 1, eip1559: 2, eip4844: 3, eip7702: 4 }
  const json = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' || typeof value === 'number' ? numberToHex(value) : value,
    ]),
  )
  return {
    nonce: '0x0',
    value: '0x0',
    accessList: [],
    ...json,
    type: numberToHex(types[type as keyof typeof types]),
    input: data ?? '0x',
    chainId: numberToHex(chainId as number),
    ...(type === 'legacy'
      ? { v: numberToHex(v as bigint) }
      : { yParity: numberToHex(yParity as number) }),
  }
}

describe('transaction JSON', () => {
  it.each<[string, TransactionSerializable]>([
    ['legacy', { type: 'legacy', chainId: 900, gasPrice: 9n, ...call }],
    ['access list', { type: 'eip2930', chainId: 900, gasPrice: 9n, accessList, ...call }],
    ['dynamic fee', { type: 'eip1559', chainId: 900, ...fees, accessList, ...call }],
    ['creation', { type: 'eip1559', chainId: 900, ...fees, gas: 9n, nonce: 0, data: '0x6001' }],
    [
      'blob',
      {
        type: 'eip4844',
        chainId: 900,
        ...fees,
        ...call,
        maxFeePerBlobGas: 4n,
        blobVersionedHashes: [`0x01${'03'.repeat(31)}`],
      },
    ],
  ])('gives the bytes of a %s transaction', async (_, transaction) => {
    const serialized = await account.signTransaction(transaction)
    expect(bytesToHex(transactionFromJson(toJson(serialized)))).toBe(serialized)
  })

  it('gives the bytes of a set-code transaction', async () => {
    const authorization = await account.signAuthorization({ chainId: 900, nonce: 1, address: to })
    const serialized = await account.signTransaction({
      type: 'eip7702',
      chainId: 900,
      ...fees,
      ...call,
      authorizationList: [authorization],
    })
    const authorizationList = [
      {
        chainId: '0x384',
        address: to,
        nonce: '0x1',
        yParity: numberToHex(authorization.yParity!),
        r: authorization.r,
        s: authorization.s,
      },
    ]
    const json = { ...toJson(serialized), authorizationList }
    expect(bytesToHex(transactionFromJson(json))).toBe(serialized)
  })

  it('reads v where a node says no yParity', async () => {
    const serialized = await account.signTransaction({ chainId: 900, ...fees, ...call })
    const { yParity, ...json } = toJson(serialized)
    expect(bytesToHex(transactionFromJson({ ...json, v: yParity }))).toBe(serialized)
  })

  it('names the field that is missing', async () => {
    const { r: _, ...json } = toJson(
      await account.signTransaction({ chainId: 900, ...fees, ...call }),
    )
    expect(() => transactionFromJson(json)).toThrow('transaction: r is missing')
  })

  it.each([null, 5, 'x', {}, { type: '0x7d' }])('refuses %j', (json) => {
    expect(() => transactionFromJson(json)).toThrowError(
      expect.objectContaining({ code: 'TRANSACTION_JSON' }),
    )
  })
})
