import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bytesToHex } from '../../base/hex.ts'
import { encodeBlob } from '../../protocol/batch/blobCodec.ts'
import { batcherInputs } from './batcherInputs.ts'

const text = (content: string) => new TextEncoder().encode(content)
const ones = Uint8Array.of(0, 1, 1)
const twos = Uint8Array.of(0, 2, 2)
const blobs = [encodeBlob(ones), encodeBlob(twos)]
const blobHex = blobs.map(bytesToHex)

test.each([
  ['hex', '0x000101'],
  ['hex without 0x, with spaces around it', '  000101\n'],
  ['a JSON text', '"0x000101"'],
  ['a transaction', '{"hash":"0x12","input":"0x000101"}'],
  ['the answer of eth_getTransactionByHash', '{"id":1,"result":{"input":"0x000101"}}'],
])('%s is one piece', async (_, content) => {
  expect(await batcherInputs(text(content))).toEqual([ones])
})

test.each([
  ['lines of hex', '0x000101\n000202\n'],
  ['a list', '["0x000101","0x000202"]'],
  ['lines of JSON', '{"input":"0x000101"}\n{"input":"0x000202"}\n'],
])('%s are several', async (_, content) => {
  expect(await batcherInputs(text(content))).toEqual([ones, twos])
})

test.each([
  ['blobs', JSON.stringify({ data: blobHex })],
  ['sidecars', JSON.stringify({ data: blobHex.map((blob) => ({ index: '0', blob })) })],
])('what a beacon node answers to a request for %s', async (_, content) => {
  expect(await batcherInputs(text(content))).toEqual(blobs)
})

test('bytes that blobs follow in', async () => {
  expect(await batcherInputs(Buffer.concat(blobs))).toEqual(blobs)
})

test.each([
  ['bytes', ones],
  ['bytes that begin like JSON', Uint8Array.of(0x7b, 0xff, 0)],
  ['bytes that begin like text', text('{ is no JSON')],
])('%s stay as they are', async (_, bytes) => {
  expect(await batcherInputs(Buffer.from(bytes))).toEqual([bytes])
})

test('all of it may be packed', async () => {
  expect(await batcherInputs(gzipSync('0x000101'))).toEqual([ones])
})

test.each([
  ['nothing', text(''), 'there is nothing in it'],
  ['JSON of something else', text('{"jsonrpc":"2.0"}'), 'neither blobs nor transactions'],
  ['JSON with numbers', text('[1]'), 'neither blobs nor transactions'],
  ['JSON with bad hex', text('["0x1"]'), 'hex'],
  ['gzip that is cut off', gzipSync('0x000101').subarray(0, 15), 'does not unpack'],
])('%s is refused', async (_, content, problem) => {
  await expect(batcherInputs(content)).rejects.toThrow(problem)
})
