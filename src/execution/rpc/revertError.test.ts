import { encodeErrorResult, type Hex, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../base/hex.ts'
import { callError } from './revertError.ts'

const abi = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Other(uint256)'])
const failed = (failure: string, returnValue: Uint8Array = new Uint8Array(0)) =>
  callError({ failure, returnValue })
const messageOf = (data: Uint8Array) => failed('revert', data).shortMessage
const text = (reason: string) =>
  hexToBytes(encodeErrorResult({ abi, errorName: 'Error', args: [reason] }))
const panic = (code: bigint) =>
  hexToBytes(encodeErrorResult({ abi, errorName: 'Panic', args: [code] }))

describe('a revert', () => {
  it('tells Solidity’s text, with the data', () => {
    const data = text('äpfel and pears, more than thirty-two bytes of them')
    const error = failed('revert', data)
    expect(error.rpcCode).toBe(3)
    expect(error.shortMessage).toBe(
      'execution reverted: äpfel and pears, more than thirty-two bytes of them',
    )
    expect(hexToBytes(error.data as Hex)).toEqual(data)
  })

  it('tells what a panic means', () => {
    expect(messageOf(panic(0x11n))).toBe('execution reverted: arithmetic underflow or overflow')
    expect(messageOf(panic(0x99n))).toBe('execution reverted: unknown panic code: 0x99')
  })

  it('of a shape of its own is left to the caller to read', () => {
    const data = hexToBytes(encodeErrorResult({ abi, errorName: 'Other', args: [1n] }))
    expect(messageOf(data)).toBe('execution reverted')
  })

  it('survives any cut', () => {
    const data = text('a reason')
    for (let length = 0; length < 72; length++) {
      expect(messageOf(data.subarray(0, length))).toBe('execution reverted')
    }
  })
})

it('any other failure is told as it is', () => {
  const { rpcCode, shortMessage } = failed('out of gas')
  expect([rpcCode, shortMessage]).toEqual([-32000, 'out of gas'])
})
