import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../base/bytes.ts'
import { type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { rlpDecode, rlpEncode, rlpList, rlpUint } from '../base/rlp.ts'
import { fc } from '../testing/seededCheck.ts'
import { SignedTransaction } from './signedTransaction.ts'

const alice = privateKeyToAccount(`0x${'a1'.repeat(32)}`)
const to = `0x${'70'.repeat(20)}` as const
const slot: Hash = `0x${'51'.repeat(32)}`
const common = { nonce: 3, to, value: 5n, gas: 90_000n, data: '0xda7a' } as const
const accessList = [{ address: to, storageKeys: [slot] }]
const dynamicFee = { chainId: 901, maxFeePerGas: 20n, maxPriorityFeePerGas: 2n }

describe('SignedTransaction', () => {
  it.each([
    ['legacy', { type: 'legacy', gasPrice: 9n }, { type: 0, chainId: undefined, maxFeePerGas: 9n }],
    [
      'legacy with replay protection',
      { type: 'legacy', gasPrice: 9n, chainId: 901 },
      { type: 0, chainId: 901n, maxPriorityFeePerGas: 9n },
    ],
    [
      'access list',
      { type: 'eip2930', gasPrice: 9n, chainId: 901, accessList },
      { type: 1, chainId: 901n, maxFeePerGas: 9n, accessList },
    ],
    [
      'dynamic fee',
      { type: 'eip1559', ...dynamicFee, accessList },
      { type: 2, maxFeePerGas: 20n, maxPriorityFeePerGas: 2n, accessList },
    ],
  ] as const)('reads a %s transaction as viem wrote it', async (_, fields, expected) => {
    const raw = hexToBytes(await alice.signTransaction({ ...common, ...fields } as never))
    const transaction = new SignedTransaction(raw)
    expect(transaction).toMatchObject({
      ...expected,
      nonce: 3n,
      to,
      value: 5n,
      gasLimit: 90_000n,
      data: hexToBytes('0xda7a'),
    })
    expect(transaction.sender).toBe(alice.address.toLowerCase())
    expect(transaction.hash).toBe(keccak256Hex(raw))
  })

  it('reads the authorizations of a set-code transaction', async () => {
    const signed = await alice.signAuthorization({ address: to, chainId: 901, nonce: 8 })
    const raw = await setCodeTransaction(signed)
    const transaction = new SignedTransaction(raw)
    expect(transaction.sender).toBe(alice.address.toLowerCase())
    expect(transaction.authorizations).toHaveLength(1)
    expect(transaction.authorizations[0]).toMatchObject({
      chainId: 901n,
      address: to,
      nonce: 8n,
      yParity: signed.yParity,
      signature: concatBytes(hexToBytes(signed.r), hexToBytes(signed.s)),
    })
  })

  it.each([
    ['a blob transaction', Uint8Array.of(0x03, 0xc0), 'TRANSACTION_TYPE'],
    ['a post-exec transaction', Uint8Array.of(0x7d, 0xc0), 'TRANSACTION_TYPE'],
    ['a deposit', Uint8Array.of(0x7e, 0xc0), 'TRANSACTION_TYPE'],
    ['no bytes', new Uint8Array(0), 'TRANSACTION_TYPE'],
    ['too few fields', concatBytes(Uint8Array.of(2), rlpEncode([])), 'TRANSACTION_FIELDS'],
  ])('refuses %s', (_, raw, code) => {
    expect(() => new SignedTransaction(raw)).toThrowError(expect.objectContaining({ code }))
  })

  it('refuses the other signature that fits the same key', async () => {
    const raw = await dynamicFeeTransaction()
    const fields = rlpList(rlpDecode(raw.subarray(1))).slice()
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const parity = (fields[9] as Uint8Array).length
    fields[9] = rlpUint(BigInt(1 - parity))
    fields[11] = rlpUint(
      order - BigInt(`0x${Buffer.from(fields[11] as Uint8Array).toString('hex')}`),
    )
    const flipped = new SignedTransaction(concatBytes(Uint8Array.of(2), rlpEncode(fields)))
    expect(() => flipped.sender).toThrowError(
      expect.objectContaining({ code: 'TRANSACTION_SIGNATURE' }),
    )
  })

  it('refuses a transaction cut at any byte, and one with a byte too many', async () => {
    const raw = await setCodeTransaction(
      await alice.signAuthorization({ address: to, chainId: 901, nonce: 8 }),
    )
    for (let length = 0; length < raw.length; length++) {
      expect(() => new SignedTransaction(raw.subarray(0, length))).toThrowError(
        expect.objectContaining({ name: 'DecodeError' }),
      )
    }
    expect(() => new SignedTransaction(Uint8Array.of(...raw, 0))).toThrow()
  })

  it('answers arbitrary bytes with a decode error or a transaction, nothing else', async () => {
    const good = await dynamicFeeTransaction()
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const raw = good.slice()
        raw[at] = byte
        try {
          void new SignedTransaction(raw).sender
        } catch (error) {
          expect(error).toMatchObject({ name: 'DecodeError' })
        }
      }),
    )
  })
})

async function dynamicFeeTransaction(): Promise<Uint8Array> {
  return hexToBytes(await alice.signTransaction({ ...common, type: 'eip1559', ...dynamicFee }))
}

async function setCodeTransaction(
  authorization: Awaited<ReturnType<typeof alice.signAuthorization>>,
): Promise<Uint8Array> {
  const fields = { ...common, ...dynamicFee, authorizationList: [authorization] }
  return hexToBytes(await alice.signTransaction({ type: 'eip7702', ...fields }))
}
