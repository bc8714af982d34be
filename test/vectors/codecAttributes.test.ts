import { describe, expect, test } from 'vitest'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { knownL1Chain } from '../../src/chain/l1Chain.ts'
import { rollupConfigFromJson } from '../../src/chain/rollupConfigJson.ts'
import { preparePayloadAttributes } from '../../src/derive/attributes.ts'
import type { L1Log, L1Provider, L1Receipt } from '../../src/derive/providers.ts'
import { blobBaseFee } from '../../src/protocol/blobBaseFee.ts'
import { hashHeader } from '../../src/protocol/header.ts'
import { l2BlockRefFromPayload } from '../../src/protocol/l2BlockRef.ts'
import { headerToEnvelope, transactionsRoot } from '../../src/protocol/payloadHeader.ts'
import { countLeadingDeposits } from '../../src/protocol/payloadSanity.ts'
import { systemConfigFromPayload } from '../../src/protocol/payloadSystemConfig.ts'
import { decodeReceipt } from '../../src/protocol/receipt.ts'
import { headerFromVector, type VectorHeader } from '../../src/testing/vectorHeader.ts'
import {
  haveVectors,
  readVectorJson,
  readVectorLines,
  vectorsNote,
} from '../../src/testing/vectors.ts'
import { orderedTrieRoot } from '../../src/trie/orderedRoot.ts'

const folder = 'derivation/op-mainnet-regolith-109279674'

interface BlockVector {
  readonly hash: Hash
  readonly header: VectorHeader
  readonly transactions: readonly Hex[]
  readonly receipts?: readonly Hex[]
  readonly l1Origin?: { readonly number: number; readonly hash: Hash }
  readonly sequenceNumber?: number
}

describe.skipIf(!haveVectors)(
  `attributes of OP Mainnet blocks from their L1 data${vectorsNote}`,
  () => {
    const load = () => {
      const config = rollupConfigFromJson(readVectorJson(`${folder}/rollup.json`))
      const l1 = l1Provider(readVectorLines<BlockVector>(`${folder}/l1_blocks.ndjson.gz`))
      const blocks = readVectorLines<BlockVector>(`${folder}/l2_blocks.ndjson.gz`).map((vector) => {
        const envelope = headerToEnvelope(
          headerFromVector(vector.header),
          vector.transactions.map(hexToBytes),
        )
        return { vector, payload: envelope.executionPayload }
      })
      return { config, l1, blocks }
    }

    test('every block is its own hash and names its origin', () => {
      const { config, blocks } = load()
      for (const { vector, payload } of blocks) {
        expect(payload.blockHash).toBe(vector.hash)
        const ref = l2BlockRefFromPayload(config, payload)
        expect(ref.l1Origin).toEqual({
          hash: vector.l1Origin!.hash,
          number: BigInt(vector.l1Origin!.number),
        })
        expect(ref.sequenceNumber).toBe(BigInt(vector.sequenceNumber!))
        expect(transactionsRoot(payload.transactions)).toBe(vector.header['transactionsRoot'])
      }
    })

    test('every block begins with the deposits that are made for it', async () => {
      const { config, l1, blocks } = load()
      expect(blocks).toHaveLength(8)
      let userDeposits = 0
      for (const [index, { payload }] of blocks.entries()) {
        const parent = blocks[index - 1]?.payload
        if (parent === undefined) continue
        const epoch = l2BlockRefFromPayload(config, payload).l1Origin
        const attributes = await preparePayloadAttributes(
          {
            config,
            l1,
            systemConfigByHash: async () => systemConfigFromPayload(config, parent),
            upgradeBundles: new Map(),
            reportDroppedUpdate: () => undefined,
          },
          l2BlockRefFromPayload(config, parent),
          epoch,
        )
        const deposits = payload.transactions.slice(0, countLeadingDeposits(payload.transactions))
        userDeposits += deposits.length - 1
        expect(attributes.transactions.map(bytesToHex)).toEqual(deposits.map(bytesToHex))
        expect(attributes).toMatchObject({
          timestamp: payload.timestamp,
          prevRandao: payload.prevRandao,
          gasLimit: payload.gasLimit,
          suggestedFeeRecipient: payload.feeRecipient,
          withdrawals: undefined,
          noTxPool: true,
        })
      }
      expect(userDeposits).toBeGreaterThan(0)
    })
  },
)

/** L1 as the vectors have it. Blocks without receipts there have no log that matters. */
function l1Provider(vectors: readonly BlockVector[]): L1Provider {
  const byHash = new Map(vectors.map((vector) => [vector.hash, vector]))
  const mainnet = knownL1Chain(1n)!
  return {
    blockRefByNumber: () => Promise.reject(new Error('not asked for')),
    blockRefByHash: () => Promise.reject(new Error('not asked for')),
    async blockByHash(hash) {
      const vector = byHash.get(hash)
      if (vector === undefined) return undefined
      const header = headerFromVector(vector.header)
      expect(hashHeader(header)).toBe(hash)
      const { number, parentHash, timestamp } = header
      return {
        ref: { hash, number, parentHash, timestamp },
        header,
        blobBaseFee: blobBaseFee(mainnet, header),
      }
    },
    async receiptsByHash(hash) {
      const vector = byHash.get(hash)
      if (vector === undefined) return undefined
      const encoded = (vector.receipts ?? []).map(hexToBytes)
      if (vector.receipts) expect(orderedTrieRoot(encoded)).toBe(vector.header['receiptsRoot'])
      return numbered(encoded)
    },
  }
}

function numbered(encoded: readonly Uint8Array[]): L1Receipt[] {
  let logIndex = 0n
  return encoded.map(decodeReceipt).map(({ succeeded, logs }) => ({
    succeeded,
    logs: logs.map((log): L1Log => ({ ...log, logIndex: logIndex++ })),
  }))
}
