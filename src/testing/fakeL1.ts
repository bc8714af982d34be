import { bigIntToBytes } from '../base/bytes.ts'
import { ChainError } from '../base/errors.ts'
import { type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { L1Block, L1Provider, L1Receipt } from '../derive/providers.ts'
import {
  type BlockHeader,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyTrieRoot,
  hashHeader,
} from '../protocol/header.ts'
import { type Clock, sleep } from '../runtime/clock.ts'

export interface FakeL1Options {
  /** Of the first block, seconds. */
  readonly genesisTime: bigint
  /** Seconds between blocks. */
  readonly blockTime: bigint
}

interface FakeL1Block extends L1Block {
  readonly receipts: readonly L1Receipt[]
}

/** An L1 in memory with headers that hash right. Grows, reorganises and fails when it is told to. */
export class FakeL1 implements L1Provider {
  readonly #options: FakeL1Options
  readonly #clock: Clock
  #canonical: FakeL1Block[] = []
  readonly #byHash = new Map<Hash, FakeL1Block>()
  #branch = 0
  /** Every call fails. */
  isDown = false
  /** Every call takes this long. */
  latencyMs = 0
  /** How often each method was called. */
  readonly calls = new Map<string, number>()

  constructor(options: FakeL1Options, deps: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = deps.clock
    this.mine()
  }

  get head(): L1BlockRef {
    return this.#canonical.at(-1)!.ref
  }

  /** The canonical block at that height. */
  at(number: number): L1BlockRef {
    const block = this.#canonical[number]
    if (block === undefined) throw new RangeError(`the fake L1 has no block ${number}`)
    return block.ref
  }

  /** Adds a block. */
  mine(receipts: readonly L1Receipt[] = []): L1BlockRef {
    const parent = this.#canonical.at(-1)
    const number = BigInt(this.#canonical.length)
    const header = fakeHeader({
      parentHash: parent?.ref.hash ?? zeroHash,
      number,
      timestamp: this.#options.genesisTime + number * this.#options.blockTime,
      branch: this.#branch,
    })
    const { parentHash, timestamp } = header
    const ref: L1BlockRef = { hash: hashHeader(header), number, parentHash, timestamp }
    const block: FakeL1Block = { ref, header, blobBaseFee: 1n, receipts }
    this.#canonical.push(block)
    this.#byHash.set(ref.hash, block)
    return ref
  }

  /** Adds all blocks that are due at that time. */
  mineUntil(timeMs: number): void {
    const { genesisTime, blockTime } = this.#options
    while (Number(genesisTime + BigInt(this.#canonical.length) * blockTime) * 1000 <= timeMs) {
      this.mine()
    }
  }

  /** Replaces the last `depth` blocks by other ones, `length` of them when it is given. */
  reorg(depth: number, length = depth): void {
    this.#branch++
    this.#canonical = this.#canonical.slice(0, this.#canonical.length - depth)
    for (let i = 0; i < length; i++) this.mine()
  }

  blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L1BlockRef | undefined> {
    return this.#answer('blockRefByNumber', () => this.#canonical[Number(number)]?.ref, signal)
  }

  blockRefByHash(hash: Hash, signal?: AbortSignal): Promise<L1BlockRef | undefined> {
    return this.#answer('blockRefByHash', () => this.#byHash.get(hash)?.ref, signal)
  }

  blockByHash(hash: Hash, signal?: AbortSignal): Promise<L1Block | undefined> {
    return this.#answer('blockByHash', () => this.#byHash.get(hash), signal)
  }

  receiptsByHash(hash: Hash, signal?: AbortSignal): Promise<readonly L1Receipt[] | undefined> {
    return this.#answer('receiptsByHash', () => this.#byHash.get(hash)?.receipts, signal)
  }

  async #answer<T>(method: string, find: () => T, signal: AbortSignal | undefined): Promise<T> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1)
    if (this.latencyMs > 0) await sleep(this.#clock, this.latencyMs, signal)
    if (this.isDown) throw new ChainError('temporary', 'L1_UNREACHABLE', 'the fake L1 is down')
    return find()
  }
}

function fakeHeader(block: {
  readonly parentHash: Hash
  readonly number: bigint
  readonly timestamp: bigint
  readonly branch: number
}): BlockHeader {
  const salt = bigIntToBytes(block.number * 1000n + BigInt(block.branch), 8)
  return {
    parentHash: block.parentHash,
    ommersHash: emptyOmmersHash,
    beneficiary: zeroAddress,
    stateRoot: keccak256Hex(salt),
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number: block.number,
    gasLimit: 36_000_000n,
    gasUsed: 0n,
    timestamp: block.timestamp,
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
}
