import { emptyBytes } from '../base/bytes.ts'
import { bytesToHex, type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { encodeQuantity } from '../base/quantity.ts'
import { headerToJson } from '../execution/rpc/blockJson.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import {
  type BlockHeader,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyTrieRoot,
  hashHeader,
} from '../protocol/header.ts'
import { encodeReceipt, type Receipt, receiptsRoot } from '../protocol/receipt.ts'

/** A block of an L1 that exists only for tests. Header and receipts agree; transactions are names without bodies. */
export interface RpcL1Block {
  readonly hash: Hash
  readonly header: BlockHeader
  readonly receipts: readonly Receipt[]
}

/** A block on top of `parent`, or a first one, 12 seconds later. */
export function l1BlockOn(
  parent: RpcL1Block | undefined,
  fields: Partial<BlockHeader> = {},
  receipts: readonly Receipt[] = [],
): RpcL1Block {
  const header: BlockHeader = {
    parentHash: parent?.hash ?? zeroHash,
    ommersHash: emptyOmmersHash,
    beneficiary: zeroAddress,
    stateRoot: emptyTrieRoot,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: receiptsRoot(receipts),
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number: parent === undefined ? 0n : parent.header.number + 1n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: parent === undefined ? 1_700_000_000n : parent.header.timestamp + 12n,
    extraData: emptyBytes,
    mixHash: zeroHash,
    nonce: new Uint8Array(8),
    baseFeePerGas: 7n,
    withdrawalsRoot: emptyTrieRoot,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: emptyRequestsHash,
    ...fields,
  }
  return { hash: hashHeader(header), header, receipts }
}

/** A chain of `length` blocks on top of `parent`. `salt` makes two forks differ. */
export function l1Chain(length: number, parent?: RpcL1Block, salt = 0): RpcL1Block[] {
  const blocks: RpcL1Block[] = []
  for (let i = 0; i < length; i++) {
    blocks.push(l1BlockOn(blocks.at(-1) ?? parent, { extraData: Uint8Array.of(salt) }))
  }
  return blocks
}

/** The JSON-RPC of an L1 node over blocks that a test lays down. */
export class RpcL1 {
  /** The canonical chain, oldest first. Tests change it at will. */
  blocks: readonly RpcL1Block[]
  safe: RpcL1Block | undefined
  finalized: RpcL1Block | undefined
  /** How often each method was called. */
  readonly calls: Record<string, number> = {}

  constructor(blocks: readonly RpcL1Block[]) {
    this.blocks = blocks
  }

  /**
   * @param receiptMethods - Which of the methods for receipts this node has.
   */
  methods(
    receiptMethods: readonly string[] = ['debug_getRawReceipts', 'eth_getBlockReceipts'],
  ): RpcMethods {
    const all: RpcMethods = {
      eth_getBlockByHash: async ([hash]) => toJson(this.#byHash(hash)),
      eth_getBlockByNumber: async ([id]) => toJson(this.#byId(String(id))),
      debug_getRawReceipts: async ([hash]) =>
        this.#byHash(hash)?.receipts.map((receipt) => bytesToHex(encodeReceipt(receipt))),
      eth_getBlockReceipts: async ([hash]) => this.#byHash(hash)?.receipts.map(receiptToJson),
      eth_getTransactionReceipt: async ([hash]) => this.#receipt(hash),
    }
    const served = Object.entries(all).filter(
      ([name]) =>
        !['debug_getRawReceipts', 'eth_getBlockReceipts'].includes(name) ||
        receiptMethods.includes(name),
    )
    return Object.fromEntries(
      served.map(([name, method]) => [
        name,
        async (params, context) => {
          this.calls[name] = (this.calls[name] ?? 0) + 1
          return method(params, context)
        },
      ]),
    )
  }

  #byHash(hash: unknown): RpcL1Block | undefined {
    return this.blocks.find((block) => block.hash === hash)
  }

  #byId(id: string): RpcL1Block | undefined {
    if (id === 'latest') return this.blocks.at(-1)
    if (id !== 'safe' && id !== 'finalized') {
      return this.blocks.find(({ header }) => header.number === BigInt(id))
    }
    // As geth does before the consensus layer has named one.
    if (this[id] === undefined) {
      throw new RpcError(rpcErrorCodes.serverError, `${id} block not found`)
    }
    return this[id]
  }

  #receipt(transactionHash: unknown): unknown {
    for (const block of this.blocks) {
      const index = transactionHashes(block).indexOf(transactionHash as Hash)
      if (index >= 0) return receiptToJson(block.receipts[index]!)
    }
    return null
  }
}

/** A header as `newHeads` announces it. */
export function newHead({ header, hash }: RpcL1Block): unknown {
  return headerToJson(header, hash)
}

export function receiptToJson(receipt: Receipt): unknown {
  return {
    type: encodeQuantity(receipt.type),
    status: receipt.succeeded ? '0x1' : '0x0',
    cumulativeGasUsed: encodeQuantity(receipt.cumulativeGasUsed),
    logsBloom: bytesToHex(receipt.logsBloom),
    logs: receipt.logs.map(({ address, topics, data }) => ({
      address,
      topics,
      data: bytesToHex(data),
    })),
  }
}

function toJson(block: RpcL1Block | undefined): unknown {
  return (
    block && { ...headerToJson(block.header, block.hash), transactions: transactionHashes(block) }
  )
}

function transactionHashes({ hash, receipts }: RpcL1Block): readonly Hash[] {
  return receipts.map((_, index) => keccak256Hex(new TextEncoder().encode(`${hash} ${index}`)))
}
