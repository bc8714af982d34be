import { parseTransaction, recoverTransactionAddress, serializeTransaction } from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import { rlpDecode, rlpList } from '../base/rlp.ts'
import { encodeSigned, isSignedFor, signingHash, wrapBlobs } from './encoding.ts'
import type { UnsignedTransaction } from './interface.ts'
import { createLocalSigner, createMnemonicSigner } from './localSigner.ts'

const privateKey = `0x${'42'.repeat(32)}` as const
const account = privateKeyToAccount(privateKey)
const signer = createLocalSigner(privateKey)
const plain: UnsignedTransaction = {
  chainId: 900n,
  nonce: 0n,
  to: `0x${'ff'.repeat(20)}`,
  data: Uint8Array.of(1, 2, 3),
  value: 5n,
  gasLimit: 21_000n,
  maxPriorityFeePerGas: 1n,
  maxFeePerGas: 300n,
  blobs: undefined,
}
const withBlobs: UnsignedTransaction = {
  ...plain,
  nonce: 77n,
  blobs: { maxFeePerBlobGas: 9n, versionedHashes: [`0x01${'ab'.repeat(31)}`] },
}

function forViem({ blobs, data, gasLimit, ...rest }: UnsignedTransaction) {
  const common = {
    ...rest,
    chainId: 900,
    nonce: Number(rest.nonce),
    gas: gasLimit,
    data: bytesToHex(data),
  }
  if (blobs === undefined) return { ...common, type: 'eip1559' as const }
  const { maxFeePerBlobGas, versionedHashes } = blobs
  return {
    ...common,
    type: 'eip4844' as const,
    maxFeePerBlobGas,
    blobVersionedHashes: [...versionedHashes],
  }
}

describe.each([
  ['plain', plain],
  ['a new contract', { ...plain, to: undefined }],
  ['with blobs', withBlobs],
])('a transaction (%s)', (_, transaction) => {
  test('is signed as viem signs it', async () => {
    const signed = await signer.sign(transaction)
    const expected = await account.signTransaction(forViem(transaction) as never)
    expect(bytesToHex(signed)).toBe(expected)
  })

  test('is known again when signed, and nothing else passes for it', async () => {
    const signed = await signer.sign(transaction)
    expect(isSignedFor(signed, transaction, signer.address)).toBe(true)
    expect(isSignedFor(signed, { ...transaction, value: 6n }, signer.address)).toBe(false)
    expect(isSignedFor(signed, transaction, `0x${'11'.repeat(20)}`)).toBe(false)
    const other = transaction.blobs === undefined ? withBlobs : plain
    expect(isSignedFor(signed, other, signer.address)).toBe(false)
  })
})

test('signatures with leading zeros are encoded without them', async () => {
  for (let nonce = 0n; nonce < 300n; nonce++) {
    const transaction = { ...plain, nonce }
    const signed = bytesToHex(await signer.sign(transaction))
    // viem reads only canonical integers.
    const sender = await recoverTransactionAddress({ serializedTransaction: signed as never })
    expect(sender.toLowerCase()).toBe(signer.address)
  }
})

test('a high s is not taken for a signature', () => {
  const rs = new Uint8Array(64).fill(0xff)
  const signed = encodeSigned(plain, { rs, yParity: 0 })
  expect(isSignedFor(signed, plain, signer.address)).toBe(false)
  expect(signingHash(plain)).toHaveLength(32)
})

describe('blobs around a signed transaction', () => {
  const blob = new Uint8Array(131_072)
  const commitment = new Uint8Array(48).fill(2)
  const proof = new Uint8Array(48).fill(3)

  test('with one proof each are as viem writes them', async () => {
    const signed = await signer.sign(withBlobs)
    const sidecar = {
      version: 0,
      blobs: [blob],
      commitments: [commitment],
      proofs: [proof],
    } as const
    const parsed = parseTransaction(bytesToHex(signed) as never) as Record<string, unknown>
    const hex = {
      blob: bytesToHex(blob),
      commitment: bytesToHex(commitment),
      proof: bytesToHex(proof),
    }
    const expected = serializeTransaction({ ...parsed, sidecars: [hex] } as never)
    expect(bytesToHex(wrapBlobs(signed, sidecar))).toBe(expected)
  })

  test('with cell proofs are marked by a version', async () => {
    const signed = await signer.sign(withBlobs)
    const proofs = Array.from({ length: 128 }, () => proof)
    const sidecar = { version: 1, blobs: [blob], commitments: [commitment], proofs } as const
    const wrapped = wrapBlobs(signed, sidecar)
    const [transaction, version, blobs, commitments, cells] = rlpList(
      rlpDecode(wrapped.subarray(1)),
      5,
    )
    expect(wrapped[0]).toBe(3)
    expect(transaction).toEqual(rlpDecode(signed.subarray(1)))
    expect(version).toEqual(Uint8Array.of(1))
    expect([rlpList(blobs).length, rlpList(commitments).length, rlpList(cells).length]).toEqual([
      1, 1, 128,
    ])
  })
})

describe('keys', () => {
  const mnemonic = 'test test test test test test test test test test test junk'

  test('are taken with and without 0x', () => {
    expect(createLocalSigner('42'.repeat(32)).address).toBe(account.address.toLowerCase())
  })

  test('come from mnemonics by their path', () => {
    const path = "m/44'/60'/3'/0/7"
    expect(createMnemonicSigner(mnemonic, path).address).toBe(
      mnemonicToAccount(mnemonic, { path }).address.toLowerCase(),
    )
  })

  test.each(['', '0x12', '00'.repeat(32), 'ff'.repeat(32), 'zz'.repeat(32)])(
    'that are none (%j) are refused without being quoted',
    (key) => {
      const create = () => createLocalSigner(key)
      expect(create).toThrow('the private key is not valid')
      if (key !== '') expect(create).not.toThrow(key)
    },
  )

  test.each([
    ['test test test', undefined],
    [mnemonic, 'nonsense'],
  ])('no mnemonic or no path (%j, %j)', (words, path) => {
    expect(() => createMnemonicSigner(words, path)).toThrow('no key can be derived')
  })
})
