import { describe, expect, it } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { l1BlockOn, newHead } from '../testing/rpcL1.ts'
import { fc } from '../testing/seededCheck.ts'
import { blockFromJson, headerFromJson } from './blockJson.ts'
import { receiptFromJson } from './receiptJson.ts'
import { transactionFromJson } from './transactionJson.ts'

const options = { trustRpc: false }
const block = l1BlockOn(undefined)

describe('block JSON', () => {
  it('gives the header back', () => {
    const { hash, header } = block
    expect(headerFromJson(newHead(block), options)).toEqual({ hash, header })
  })

  it('reads hex in capitals as in small letters', () => {
    const { hash } = block
    const capital = { ...(newHead(block) as object), hash: `0x${hash.slice(2).toUpperCase()}` }
    expect(headerFromJson(capital, options).hash).toBe(hash)
  })

  it.each(Object.keys(newHead(block) as object))('refuses a header without %s', (name) => {
    const json = { ...(newHead(block) as object), [name]: undefined }
    expect(() => headerFromJson(json, options)).toThrow(DecodeError)
  })

  it('refuses any other JSON with an error of its own', () => {
    const decoders = [
      (json: unknown) => headerFromJson(json, options),
      (json: unknown) => blockFromJson(json, options),
      receiptFromJson,
      transactionFromJson,
    ]
    const names = ['hash', 'number', 'type', 'logs', 'status', 'transactions', 'nonce']
    const json = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue(), fc.constant('0x1'))),
    )
    fc.assert(
      fc.property(json, fc.constantFrom(...decoders), (value, decode) => {
        expect(() => decode(value)).toThrow(DecodeError)
      }),
    )
  })
})
