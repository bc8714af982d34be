import { ChainError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import { devnetL1Chain, knownL1Chain } from '../../chain/l1Chain.ts'
import type { L1BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type {
  BlobProvider,
  L1Block,
  L1DataProvider,
  L1Receipt,
  SafeChainProvider,
} from '../../derive/providers.ts'
import { blobBaseFee } from '../../protocol/blobBaseFee.ts'
import { l2BlockRefFromPayload } from '../../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { systemConfigFromPayload } from '../../protocol/payloadSystemConfig.ts'
import type { Receipt } from '../../protocol/receipt.ts'
import type { DerivationVector, VectorL1Block } from './vectorFolder.ts'

/** The L1 of a vector. It ends with the last block of the file. */
export function vectorL1(vector: DerivationVector): L1DataProvider & BlobProvider {
  const byHash = new Map(vector.l1Blocks.map((block) => [block.hash, block]))
  const byNumber = new Map(vector.l1Blocks.map((block) => [block.header.number, block]))
  const schedule = knownL1Chain(vector.config.l1ChainId) ?? devnetL1Chain(vector.config.l1ChainId)
  return {
    async blockRefByNumber(number) {
      const block = byNumber.get(number)
      return block && l1BlockRef(block)
    },
    async blockRefByHash(hash) {
      const block = byHash.get(hash)
      return block && l1BlockRef(block)
    },
    async blockByHash(hash): Promise<L1Block | undefined> {
      const block = byHash.get(hash)
      if (block === undefined) return undefined
      const { header } = block
      return { ref: l1BlockRef(block), header, blobBaseFee: blobBaseFee(schedule, header) }
    },
    async receiptsByHash(hash) {
      const block = byHash.get(hash)
      if (block === undefined) return undefined
      if (block.receipts === undefined) throw missing(`the receipts of L1 block ${hash}`)
      return l1Receipts(block.receipts)
    },
    async transactionsByHash(hash) {
      return byHash.get(hash)?.transactions
    },
    async blobsOfBlock(_block, versionedHashes) {
      return versionedHashes.map((hash) => {
        const blob = vector.blobs.get(hash)
        if (blob === undefined) throw missing(`blob ${hash}`)
        return blob
      })
    },
  }
}

/** The ref of a vector's L1 block. */
export function l1BlockRef({ hash, header }: VectorL1Block): L1BlockRef {
  const { number, parentHash, timestamp } = header
  return { hash, number, parentHash, timestamp }
}

/** The safe chain as far as the vector has it. */
export function vectorSafeChain(
  config: RollupConfig,
  blocks: readonly PayloadEnvelope[],
): SafeChainProvider {
  const find = (number: bigint) =>
    blocks.find(({ executionPayload }) => executionPayload.blockNumber === number)
  return {
    async blockRefByNumber(number) {
      const block = find(number)
      return block && l2BlockRefFromPayload(config, block.executionPayload)
    },
    payloadByNumber: async (number) => find(number),
    async systemConfigByHash(hash: Hash) {
      const block = blocks.find(({ executionPayload }) => executionPayload.blockHash === hash)
      if (block === undefined) throw missing(`L2 block ${hash}`)
      return systemConfigFromPayload(config, block.executionPayload)
    },
  }
}

/** Logs are counted over the whole block. */
function l1Receipts(receipts: readonly Receipt[]): L1Receipt[] {
  let logIndex = 0n
  return receipts.map(({ succeeded, logs }) => ({
    succeeded,
    logs: logs.map((log) => ({ ...log, logIndex: logIndex++ })),
  }))
}

function missing(what: string): ChainError {
  return new ChainError('critical', 'VECTOR_INCOMPLETE', `the vector does not hold ${what}`)
}
