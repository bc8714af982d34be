import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { transactionToJson } from '../../src/execution/rpc/transactionJson.ts'
import { decodeTransaction } from '../../src/execution/transaction/transaction.ts'
import { provenStorageRoot } from '../../src/sources/accountProof.ts'
import { blockFromJson, headerFromJson } from '../../src/sources/blockJson.ts'
import { transactionFromJson } from '../../src/sources/transactionJson.ts'
import {
  haveVectors,
  readVectorJson,
  readVectorLines,
  vectorsFolder,
  vectorsNote,
} from '../../src/testing/vectors.ts'

const folder = 'l1data/op-service-sources/data'
const verify = { trustRpc: false }

interface Case {
  readonly name: string
  readonly isBad: boolean
  readonly data: unknown
}

function casesOf(kind: 'blocks' | 'headers'): Case[] {
  if (!haveVectors) return []
  return readdirSync(join(vectorsFolder, folder, kind))
    .filter((file) => file.endsWith('_metadata.json'))
    .map((file) => {
      const { name, fail } = readVectorJson<{ name: string; fail?: boolean }>(
        join(folder, kind, file),
      )
      const data = readVectorJson(join(folder, kind, file.replace('_metadata', '_data')))
      return { name, isBad: fail === true, data }
    })
}

describe.skipIf(!haveVectors)(`L1 blocks of op-service${vectorsNote}`, () => {
  const blocks = casesOf('blocks')
  const headers = casesOf('headers')

  it('are all there', () => {
    expect([blocks.length, headers.length]).toEqual([8, 7])
  })

  it.each(headers.filter(({ isBad }) => !isBad))('header $name is taken', ({ data }) => {
    expect(headerFromJson(data, verify).hash).toBe((data as { hash: Hex }).hash)
  })

  it.each(headers.filter(({ isBad }) => isBad))('header $name is refused', ({ data }) => {
    expect(() => headerFromJson(data, verify)).toThrowError(
      expect.objectContaining({ code: 'BLOCK_HASH' }),
    )
  })

  it.each(blocks.filter(({ isBad }) => !isBad))('block $name is taken', ({ data }) => {
    expect(blockFromJson(data, verify).transactions.length).toBeGreaterThan(0)
  })

  it.each(blocks.filter(({ isBad }) => isBad))('block $name is refused', ({ name, data }) => {
    const code = name.endsWith('-hash')
      ? 'BLOCK_HASH'
      : name.endsWith('-nil')
        ? 'BLOCK_JSON'
        : name.includes('withdrawals')
          ? 'WITHDRAWALS_ROOT'
          : 'TRANSACTIONS_ROOT'
    expect(() => blockFromJson(data, verify)).toThrowError(expect.objectContaining({ code }))
  })
})

describe.skipIf(!haveVectors)(`transactions of real L1 blocks${vectorsNote}`, () => {
  it.each(['op-mainnet-regolith-109279674', 'op-sepolia-granite-16491249'])(
    'come back from their JSON as they were: %s',
    (chain) => {
      const blocks = readVectorLines<{ transactions: Hex[] }>(
        `derivation/${chain}/l1_blocks.ndjson.gz`,
      )
      // The engine's JSON knows the types of L2: blobs are not among them.
      const encoded = blocks
        .flatMap(({ transactions }) => transactions)
        .filter((text) => !text.startsWith('0x03'))
        .slice(0, 200)
      expect(encoded.length).toBe(200)
      for (const text of encoded) {
        const json = transactionToJson(decodeTransaction(hexToBytes(text)), undefined)
        expect(bytesToHex(transactionFromJson(json))).toBe(text)
      }
    },
  )
})

describe.skipIf(!haveVectors)(`account proofs of real L2 blocks${vectorsNote}`, () => {
  interface Proof {
    readonly block: number
    readonly stateRoot: Hex
    readonly proof: {
      readonly address: Hex
      readonly storageHash: Hex
      readonly accountProof: Hex[]
    }
  }
  const { cases } = haveVectors
    ? readVectorJson<{ cases: Proof[] }>('codec/account_proofs.json')
    : { cases: [] }

  it.each(cases)('$proof.address at $block has its storage root', ({ stateRoot, proof }) => {
    const nodes = proof.accountProof.map(hexToBytes)
    expect(provenStorageRoot(stateRoot, proof.address, nodes)).toBe(proof.storageHash)
  })

  it.each(cases)('$proof.address at $block needs every node', ({ stateRoot, proof }) => {
    const nodes = proof.accountProof.map(hexToBytes)
    for (let left = 0; left < nodes.length; left++) {
      const partial = nodes.filter((_, index) => index !== left)
      expect(() => provenStorageRoot(stateRoot, proof.address, partial)).toThrowError(
        expect.objectContaining({ code: 'PROOF_INCOMPLETE' }),
      )
    }
  })
})
