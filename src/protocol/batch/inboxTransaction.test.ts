import { describe, expect, test } from 'vitest'
import type { Hex } from '../../base/hex.ts'
import { bytesToHex, hexToBytes } from '../../base/hex.ts'
import { Batcher } from '../../testing/batcher.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../testing/vectors.ts'
import { encodeDepositTransaction } from '../depositTransaction.ts'
import { readInboxTransaction } from './inboxTransaction.ts'

const config = {
  l1ChainId: 900n,
  batchInboxAddress: '0xff00000000000000000000000000000000000901' as Hex,
}
const data = Uint8Array.of(0, 1, 2, 3)
const batcher = new Batcher()

function read(raw: Uint8Array, l1ChainId = config.l1ChainId) {
  return readInboxTransaction(raw, config.batchInboxAddress, l1ChainId)
}

describe('a transaction to the batch inbox', () => {
  test('names its sender and its calldata, whatever its type', () => {
    const expected = { sender: batcher.address, calldata: data, blobHashes: undefined }
    expect(read(batcher.calldata(config, data))).toEqual(expected)
    expect(read(batcher.legacy(config, data, true))).toEqual(expected)
    expect(read(batcher.legacy(config, data, false))).toEqual(expected)
    const hash: Hex = `0x01${'ab'.repeat(31)}`
    expect(read(batcher.blobs(config, [hash], data))).toEqual({ ...expected, blobHashes: [hash] })
  })

  test('may be a deposit, where L1 is a rollup itself', () => {
    const from: Hex = `0x${'ba'.repeat(20)}`
    const deposit = encodeDepositTransaction({
      sourceHash: `0x${'00'.repeat(32)}`,
      from,
      to: config.batchInboxAddress,
      mint: 0n,
      value: 0n,
      gas: 100_000n,
      isSystemTransaction: false,
      data,
    })
    expect(read(deposit)).toEqual({ sender: from, calldata: data, blobHashes: undefined })
  })

  test('is signed for this L1', () => {
    expect(read(batcher.calldata(config, data), 1n)).toBeUndefined()
    expect(read(batcher.legacy(config, data, true), 1n)).toBeUndefined()
  })

  test('goes to the inbox', () => {
    const elsewhere = { ...config, batchInboxAddress: `0x${'12'.repeat(20)}` as Hex }
    expect(read(batcher.calldata(elsewhere, data))).toBeUndefined()
  })

  test('is of a type that may carry batches', () => {
    const setCode = batcher.calldata(config, data)
    setCode[0] = 4
    expect(read(setCode)).toBeUndefined()
  })

  test('is well formed: cut at any byte it is none', () => {
    const raw = batcher.calldata(config, data)
    for (let length = 0; length < raw.length; length++) {
      expect(read(raw.subarray(0, length))).toBeUndefined()
    }
  })

  test.runIf(haveVectors)(`of OP Mainnet’s batcher${vectorsNote}`, () => {
    interface BatchVector {
      readonly id: string
      readonly tx: Hex
      readonly to: Hex
      readonly expectedSender: Hex
      readonly calldataLength: number
    }
    const vectors = readVectorJson<BatchVector[]>('codec/batches.json')
    const { tx, to, expectedSender, calldataLength } = vectors.find(
      ({ id }) => id === 'raw_batcher_tx',
    )!
    const transaction = readInboxTransaction(hexToBytes(tx), to, 1n)!
    expect(transaction.sender).toBe(expectedSender)
    expect(transaction.calldata).toHaveLength(calldataLength)
    expect(bytesToHex(transaction.calldata.subarray(0, 1))).toBe('0x00')
  })
})
