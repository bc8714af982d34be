import { bigIntToBytes } from '../base/bytes.ts'
import { ChainError } from '../base/errors.ts'
import { type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type {
  BlobProvider,
  L1Block,
  L1DataProvider,
  L1Log,
  L1Receipt,
} from '../derive/providers.ts'
import {
  type BlockHeader,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyTrieRoot,
  hashHeader,
} from '../protocol/header.ts'
import { logsBloom } from '../protocol/logsBloom.ts'
import { orderedTrieRoot } from '../trie/orderedRoot.ts'
import { fakeBlobHash } from './batcher.ts'

/** What an L1 block is to hold. */
export interface DataL1Content {
  /** EIP-2718 bytes. */
  readonly transactions?: readonly Uint8Array[]
  readonly blobs?: readonly Uint8Array[]
  /** Of one transaction that succeeded. */
  readonly logs?: readonly Omit<L1Log, 'logIndex'>[]
}

interface DataL1Block extends L1Block {
  readonly transactions: readonly Uint8Array[]
  readonly receipts: readonly L1Receipt[]
}

/** An L1 in memory whose blocks hold transactions, blobs and logs, under headers that bloom and hash right. */
export class DataL1 implements L1DataProvider, BlobProvider {
  readonly #genesisTime: bigint
  readonly #blockTime: bigint
  #canonical: DataL1Block[] = []
  readonly #byHash = new Map<Hash, DataL1Block>()
  readonly #blobs = new Map<Hash, Uint8Array>()
  #branch = 0
  /** The next calls fail, so many of them. */
  failures = 0
  /** How often each method was called. */
  readonly calls = new Map<string, number>()

  /** Seconds. */
  constructor(options: { readonly genesisTime: bigint; readonly blockTime: bigint }) {
    this.#genesisTime = options.genesisTime
    this.#blockTime = options.blockTime
    this.mine()
  }

  get head(): L1BlockRef {
    return this.#canonical.at(-1)!.ref
  }

  /** The canonical block at that height. */
  at(number: bigint): L1BlockRef {
    return this.#canonical[Number(number)]!.ref
  }

  /** Adds a block. */
  mine({ transactions = [], blobs = [], logs = [] }: DataL1Content = {}): L1BlockRef {
    const number = BigInt(this.#canonical.length)
    const salt = bigIntToBytes(number * 1_000n + BigInt(this.#branch), 8)
    const header: BlockHeader = {
      parentHash: this.#canonical.at(-1)?.ref.hash ?? zeroHash,
      ommersHash: emptyOmmersHash,
      beneficiary: zeroAddress,
      stateRoot: keccak256Hex(salt),
      transactionsRoot: orderedTrieRoot(transactions),
      receiptsRoot: emptyTrieRoot,
      logsBloom: logsBloom(logs),
      difficulty: 0n,
      number,
      gasLimit: 36_000_000n,
      gasUsed: 0n,
      timestamp: this.#genesisTime + number * this.#blockTime,
      extraData: salt,
      mixHash: keccak256Hex(salt),
      nonce: new Uint8Array(8),
      baseFeePerGas: 1_000_000_000n,
      withdrawalsRoot: emptyTrieRoot,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: zeroHash,
      requestsHash: emptyRequestsHash,
    }
    const { parentHash, timestamp } = header
    const ref: L1BlockRef = { hash: hashHeader(header), number, parentHash, timestamp }
    const numbered = logs.map((log, index) => ({ ...log, logIndex: BigInt(index) }))
    const receipts = logs.length === 0 ? [] : [{ succeeded: true, logs: numbered }]
    const block: DataL1Block = { ref, header, blobBaseFee: 1n, transactions, receipts }
    for (const blob of blobs) this.#blobs.set(fakeBlobHash(blob), blob)
    this.#canonical.push(block)
    this.#byHash.set(ref.hash, block)
    return ref
  }

  /** Adds empty blocks. */
  mineMany(count: number): void {
    for (let i = 0; i < count; i++) this.mine()
  }

  /** Drops the last `depth` blocks: what is mined next is another branch. */
  rewind(depth: number): void {
    this.#branch++
    this.#canonical = this.#canonical.slice(0, this.#canonical.length - depth)
  }

  async blockRefByNumber(number: bigint): Promise<L1BlockRef | undefined> {
    this.#count('blockRefByNumber')
    return this.#canonical[Number(number)]?.ref
  }

  async blockRefByHash(hash: Hash): Promise<L1BlockRef | undefined> {
    this.#count('blockRefByHash')
    return this.#byHash.get(hash)?.ref
  }

  async blockByHash(hash: Hash): Promise<L1Block | undefined> {
    this.#count('blockByHash')
    return this.#byHash.get(hash)
  }

  async receiptsByHash(hash: Hash): Promise<readonly L1Receipt[] | undefined> {
    this.#count('receiptsByHash')
    return this.#byHash.get(hash)?.receipts
  }

  async transactionsByHash(hash: Hash): Promise<readonly Uint8Array[] | undefined> {
    this.#count('transactionsByHash')
    return this.#byHash.get(hash)?.transactions
  }

  async blobsOfBlock(_block: L1BlockRef, hashes: readonly Hash[]): Promise<Uint8Array[]> {
    this.#count('blobsOfBlock')
    return hashes.map((hash) => this.#blobs.get(hash)!)
  }

  #count(method: string): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1)
    if (this.failures === 0) return
    this.failures--
    throw new ChainError('temporary', 'L1_UNREACHABLE', 'the L1 of the test is down')
  }
}
