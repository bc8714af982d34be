import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesToBigInt, concatBytes, emptyBytes } from '../../base/bytes.ts'
import { hexToBytes } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import { rlpEncode, rlpUint } from '../../base/rlp.ts'
import {
  openTestChain,
  signedTransfer,
  type TestChain,
  testAccounts,
  testGenesis,
} from '../../testing/executionChain.ts'

let chain: TestChain
beforeEach(async () => {
  chain = await openTestChain()
})
afterEach(() => chain.stack.close())

const submit = async (raw: Uint8Array | Promise<Uint8Array>) => chain.stack.pool.submit(await raw)

describe('the pool refuses', () => {
  it('a deposit', async () => {
    await expect(submit(Uint8Array.of(0x7e, 0xc0))).rejects.toThrow(
      'transaction type not supported',
    )
  })

  it('a blob transaction', async () => {
    await expect(submit(Uint8Array.of(0x03, 0xc0))).rejects.toThrow(
      'transaction type not supported',
    )
  })

  it('another chain’s transaction', async () => {
    await expect(submit(signedTransfer(0, 0, { chainId: 1 }))).rejects.toThrow(
      'invalid chain id for signer',
    )
  })

  it('gas below the intrinsic gas', async () => {
    await expect(submit(signedTransfer(0, 0, { gas: 20_999n }))).rejects.toThrow(
      'intrinsic gas too low',
    )
  })

  it('gas below the floor for its data', async () => {
    const data = `0x${'ff'.repeat(1_000)}` as const
    await expect(submit(signedTransfer(0, 0, { data, gas: 40_000n }))).rejects.toThrow(
      'insufficient gas for floor data gas cost',
    )
  })

  it('more gas than EIP-7825 allows, from Karst on', async () => {
    const large = signedTransfer(0, 0, { gas: 16_777_217n })
    await expect(submit(large)).rejects.toThrow('transaction gas limit too high')
    await using jovian = await openTestChain({ genesis: testGenesis({ fork: 'jovian' }) })
    expect(jovian.stack.pool.submit(await large)).toMatch(/^0x/)
  })

  it('more gas than a block has', async () => {
    await using jovian = await openTestChain({ genesis: testGenesis({ fork: 'jovian' }) })
    const gas = jovian.stack.chain.headHeader.gasLimit + 1n
    const transaction = await signedTransfer(0, 0, { gas })
    expect(() => jovian.stack.pool.submit(transaction)).toThrow('exceeds block gas limit')
  })

  it('a tip above the fee cap', async () => {
    // Libraries refuse to sign this, so it is put together by hand.
    const [nonce, tip, feeCap, gas] = [0n, 11n, 10n, 21_000n].map(rlpUint)
    const to = hexToBytes(`0x${'7e'.repeat(20)}`)
    const fields = [rlpUint(901n), nonce!, tip!, feeCap!, gas!, to, rlpUint(1n), emptyBytes, []]
    const unsigned = concatBytes(Uint8Array.of(2), rlpEncode(fields))
    const signature = hexToBytes(await testAccounts[0]!.sign({ hash: keccak256Hex(unsigned) }))
    const parity = rlpUint(BigInt(signature[64]! - 27))
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)].map(bytesToBigInt)
    const signed = rlpEncode([...fields, parity, rlpUint(r!), rlpUint(s!)])
    await expect(submit(concatBytes(Uint8Array.of(2), signed))).rejects.toThrow(
      'max priority fee per gas higher than max fee per gas',
    )
  })

  it('data over 128 KiB', async () => {
    await expect(submit(new Uint8Array(131_073).fill(2))).rejects.toThrow('oversized data')
  })

  it('a sender who cannot pay for the data on L1', async () => {
    const gasCost = 21_000n * 10n ** 10n
    const value = 10n ** 22n - gasCost
    await expect(submit(signedTransfer(0, 0, { value }))).rejects.toThrow(
      'insufficient funds for gas * price + value',
    )
  })

  it('bytes that are no transaction', async () => {
    await expect(submit(Uint8Array.of(0x02, 0xc0))).rejects.toMatchObject({
      code: 'TRANSACTION_FIELDS',
    })
  })
})

describe('the pool takes', () => {
  it('a legacy transaction, with replay protection and without', async () => {
    for (const [nonce, chainId] of [
      [0, 901],
      [1, undefined],
    ] as const) {
      const signed = await testAccounts[0]!.signTransaction({
        type: 'legacy',
        nonce,
        gas: 21_000n,
        gasPrice: 10n ** 10n,
        to: `0x${'7e'.repeat(20)}`,
        ...(chainId !== undefined && { chainId }),
      })
      await submit(hexToBytes(signed))
    }
    expect(chain.stack.pool.pool.pendingCount).toBe(2)
  })

  it('a set-code transaction', async () => {
    const authorization = await testAccounts[1]!.signAuthorization({
      chainId: 901,
      address: `0x${'c0'.repeat(20)}`,
      nonce: 0,
    })
    const signed = await testAccounts[0]!.signTransaction({
      type: 'eip7702',
      chainId: 901,
      nonce: 0,
      gas: 100_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 10n ** 6n,
      to: `0x${'7e'.repeat(20)}`,
      authorizationList: [authorization],
    })
    await submit(hexToBytes(signed))
    await chain.extend()
    expect(chain.stack.pool.pool.pendingCount).toBe(0)
    // The authority's nonce rose without it having sent anything.
    await expect(submit(signedTransfer(1, 0))).rejects.toThrow('nonce too low')
  })
})
