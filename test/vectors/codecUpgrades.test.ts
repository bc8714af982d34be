import { describe, expect, test } from 'vitest'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import {
  decodeDepositTransaction,
  encodeDepositTransaction,
} from '../../src/protocol/depositTransaction.ts'
import { transactionHash } from '../../src/protocol/transaction.ts'
import {
  type BundleTransaction,
  intentOf,
  parseUpgradeBundle,
  toDeposit,
} from '../../src/protocol/upgrade/upgradeBundle.ts'
import { karstUpgradeGas } from '../../src/protocol/upgrade/upgradeFacts.ts'
import { haveVectors, readVector, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

interface UpgradeVector {
  readonly intent: string
  readonly from: Hex
  readonly to: Hex | null
  readonly gas: number
}

interface UpgradeVectors {
  readonly jovianInputs: { readonly txs: readonly (UpgradeVector & { readonly data: Hex })[] }
  readonly nutBundleEncodingTest: {
    readonly transactions: readonly (Omit<UpgradeVector, 'gas'> & {
      readonly data: Hex
      readonly gasLimit: number
    })[]
    readonly expectedEncoded: readonly Hex[]
  }
}

type EncodedFork = Record<
  'ecotone' | 'fjord' | 'isthmus',
  { readonly txs: readonly (UpgradeVector & { readonly encoded: Hex; readonly hash: Hash })[] }
>

describe.skipIf(!haveVectors)(`upgrade transactions of every fork${vectorsNote}`, () => {
  const vectors = () => readVectorJson<UpgradeVectors & EncodedFork>('codec/upgrade_txs.json')

  test.each(['ecotone', 'fjord', 'isthmus'] as const)('%s gives the published bytes', (fork) => {
    const { txs } = vectors()[fork]
    const text = bundleText(
      txs.map((tx) => ({
        ...tx,
        data: bytesToHex(decodeDepositTransaction(hexToBytes(tx.encoded)).data),
      })),
    )
    const bundle = parseUpgradeBundle(fork, text)
    expect(bundle.transactions.map(bytesToHex)).toEqual(txs.map((tx) => tx.encoded))
    expect(bundle.transactions.map(transactionHash)).toEqual(txs.map((tx) => tx.hash))
    expect(bundle.gas).toBe(BigInt(txs.reduce((sum, { gas }) => sum + gas, 0)))
  })

  test('jovian takes the published inputs', () => {
    const { txs } = vectors().jovianInputs
    const bundle = parseUpgradeBundle('jovian', bundleText(txs))
    const deposits = bundle.transactions.map(decodeDepositTransaction)
    expect(deposits.map(({ data }) => bytesToHex(data))).toEqual(txs.map(({ data }) => data))
  })

  test('an intent may leave out the name of its fork', () => {
    const { txs } = vectors().jovianInputs
    const short = txs.map((tx) => ({ ...tx, intent: tx.intent.replace('Jovian: ', '') }))
    expect(parseUpgradeBundle('jovian', bundleText(short))).toEqual(
      parseUpgradeBundle('jovian', bundleText(txs)),
    )
  })

  test('one changed byte of creation code is found', () => {
    const [first, ...rest] = vectors().jovianInputs.txs
    const changed = [{ ...first!, data: `${first!.data.slice(0, -2)}00` as Hex }, ...rest]
    expect(() => parseUpgradeBundle('jovian', bundleText(changed))).toThrow(
      /upgrade bundle of jovian .* keccak256 of the data of transaction 0/,
    )
  })

  test("karst is the Optimism monorepo's bundle", () => {
    const text = new TextDecoder().decode(readVector('codec/karst_nut_bundle.json'))
    const bundle = parseUpgradeBundle('karst', text)
    expect(bundle.transactions).toHaveLength(31)
    expect(bundle.gas).toBe(karstUpgradeGas)
    expect(() =>
      parseUpgradeBundle('karst', text.replace('"gasLimit": 580000', '"gasLimit": 580001')),
    ).toThrow(/upgrade bundle of karst is not the one with hash/)
  })

  test('intents are qualified by fork and position from Karst on', () => {
    const { transactions, expectedEncoded } = vectors().nutBundleEncodingTest
    const encoded = transactions.map((transaction, index) => {
      const parsed: BundleTransaction = {
        ...transaction,
        to: transaction.to?.toLowerCase() as Hex,
        data: hexToBytes(transaction.data),
      }
      return bytesToHex(
        encodeDepositTransaction(toDeposit(parsed, intentOf('Test', parsed, index))),
      )
    })
    expect(encoded).toEqual(expectedEncoded)
  })
})

function bundleText(transactions: readonly (UpgradeVector & { readonly data: Hex })[]): string {
  return JSON.stringify({
    metadata: { version: '1.0.0' },
    transactions: transactions.map(({ intent, from, to, gas, data }) => ({
      intent,
      from,
      to,
      gasLimit: gas,
      data,
    })),
  })
}
