import { ChainError } from '../base/errors.ts'
import { type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import type {
  BlockLabel,
  EngineApi,
  ForkchoiceState,
  ForkchoiceUpdated,
  L2Chain,
  PayloadId,
  PayloadStatus,
} from '../engine/interface.ts'
import { EngineApiError, engineErrorCodes } from '../protocol/engineApiError.ts'
import { extraDataForAttributes } from '../protocol/extraData.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { payloadBlockHash } from '../protocol/payloadHeader.ts'
import { payloadId } from '../protocol/payloadId.ts'
import { systemConfigFromPayload } from '../protocol/payloadSystemConfig.ts'
import { type Clock, sleep } from '../runtime/clock.ts'

export type EngineMethod = 'startBuild' | 'forkchoice' | 'getPayload' | 'newPayload'

/** What an engine does wrong, once. */
export type EngineFault =
  | { readonly type: 'error'; readonly error: Error }
  | { readonly type: 'status'; readonly status: PayloadStatus['status'] }
  /** Never answers, and does not do what was asked. */
  | { readonly type: 'hang' }
  /** Does what was asked, and never answers. */
  | { readonly type: 'loseAnswer' }
  | { readonly type: 'delay'; readonly durationMs: number }
  /** Runs something before the call is carried out. */
  | { readonly type: 'meanwhile'; readonly run: () => void }
  /** Hands out another block than it built. */
  | { readonly type: 'tamper'; readonly change: (envelope: PayloadEnvelope) => PayloadEnvelope }

export interface EngineCallRecord {
  readonly method: EngineMethod
  readonly atMs: number
  readonly head: Hash | undefined
}

/** An execution engine in memory whose blocks hash right but hold no state. Fails when and how it is told to. */
export class FakeEngine implements EngineApi, L2Chain {
  readonly #config: RollupConfig
  readonly #clock: Clock
  readonly #blocks = new Map<Hash, PayloadEnvelope>()
  readonly #jobs = new Map<PayloadId, { parent: Hash; attributes: PayloadAttributes }>()
  readonly #faults = new Map<EngineMethod, EngineFault[]>()
  #forkchoice: ForkchoiceState
  /** The process is gone: every call fails. */
  isDown = false
  /** Every call takes this long. */
  latencyMs = 0
  /** Blocks that break a rule of its own. */
  isInvalid: (envelope: PayloadEnvelope) => boolean = () => false
  /** Transactions that go into every block that may have some. */
  pool: readonly Uint8Array[] = []
  readonly calls: EngineCallRecord[] = []

  constructor(options: { readonly config: RollupConfig }, deps: { readonly clock: Clock }) {
    this.#config = options.config
    this.#clock = deps.clock
    const genesis = fakeGenesis(options.config)
    const { blockHash } = genesis.executionPayload
    this.#blocks.set(blockHash, genesis)
    this.#forkchoice = {
      headBlockHash: blockHash,
      safeBlockHash: blockHash,
      finalizedBlockHash: blockHash,
    }
  }

  get head(): L2BlockRef {
    return this.#ref(this.#block(this.#forkchoice.headBlockHash))
  }

  /** The canonical chain, genesis first. */
  get canonical(): L2BlockRef[] {
    const chain: L2BlockRef[] = []
    let envelope: PayloadEnvelope | undefined = this.#block(this.#forkchoice.headBlockHash)
    while (envelope !== undefined) {
      chain.unshift(this.#ref(envelope))
      envelope = this.#blocks.get(envelope.executionPayload.parentHash)
    }
    return chain
  }

  /** Blocks known at that height, canonical or not. */
  blocksAt(number: bigint): readonly PayloadEnvelope[] {
    return [...this.#blocks.values()].filter((e) => e.executionPayload.blockNumber === number)
  }

  /** How often a method was called, since `sinceMs`. */
  countCalls(method: EngineMethod, sinceMs = 0): number {
    return this.calls.filter((call) => call.method === method && call.atMs >= sinceMs).length
  }

  /** The next calls of the method go wrong, one for each fault. */
  fail(method: EngineMethod, ...faults: EngineFault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults])
  }

  /** From now on nothing goes wrong. */
  clearFaults(): void {
    this.#faults.clear()
  }

  /** Comes back without its build jobs, and without the newest `lostBlocks` blocks. */
  restart(lostBlocks = 0): void {
    this.#jobs.clear()
    for (let i = 0; i < lostBlocks; i++) {
      const { hash, parentHash } = this.head
      this.#forkchoice = { ...this.#forkchoice, headBlockHash: parentHash }
      this.#blocks.delete(hash)
    }
    this.isDown = false
  }

  /** Forgets all build jobs, as an engine does past their deadline. */
  expireJobs(): void {
    this.#jobs.clear()
  }

  /** What the newest build job is made from. */
  get newestAttributes(): PayloadAttributes | undefined {
    return [...this.#jobs.values()].at(-1)?.attributes
  }

  /** A block on `parent` as another sequencer may have built it; the engine does not know it. */
  buildElsewhere(parent: Hash, attributes: PayloadAttributes): PayloadEnvelope {
    return this.#build(parent, attributes)
  }

  async forkchoiceUpdated(
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
    signal?: AbortSignal,
  ): Promise<ForkchoiceUpdated> {
    const method = attributes === undefined ? 'forkchoice' : 'startBuild'
    return this.#answer(method, state.headBlockHash, signal, {
      run: () => this.#updateForkchoice(state, attributes),
      fromStatus: (status) => ({ payloadStatus: payloadStatus(status), payloadId: undefined }),
    })
  }

  async getPayload(
    id: PayloadId,
    _timestamp: bigint,
    signal?: AbortSignal,
  ): Promise<PayloadEnvelope> {
    return this.#answer('getPayload', undefined, signal, {
      run: () => {
        const job = this.#jobs.get(id)
        if (job === undefined) {
          throw new EngineApiError(engineErrorCodes.unknownPayload, 'Unknown payload')
        }
        return this.#build(job.parent, job.attributes)
      },
    })
  }

  async newPayload(envelope: PayloadEnvelope, signal?: AbortSignal): Promise<PayloadStatus> {
    const { blockHash, parentHash } = envelope.executionPayload
    return this.#answer('newPayload', blockHash, signal, {
      run: () => {
        if (payloadBlockHash(envelope) !== blockHash) return payloadStatus('INVALID_BLOCK_HASH')
        if (!this.#blocks.has(parentHash)) return payloadStatus('SYNCING')
        if (this.isInvalid(envelope)) return payloadStatus('INVALID')
        this.#blocks.set(blockHash, envelope)
        return payloadStatus('VALID')
      },
      fromStatus: payloadStatus,
    })
  }

  blockRefByLabel(label: BlockLabel): Promise<L2BlockRef | undefined> {
    const { headBlockHash, safeBlockHash, finalizedBlockHash } = this.#forkchoice
    const hashes = { latest: headBlockHash, safe: safeBlockHash, finalized: finalizedBlockHash }
    return this.#read(() => this.#refOf(this.#blocks.get(hashes[label])))
  }

  blockRefByHash(hash: Hash): Promise<L2BlockRef | undefined> {
    return this.#read(() => this.#refOf(this.#blocks.get(hash)))
  }

  blockRefByNumber(number: bigint): Promise<L2BlockRef | undefined> {
    return this.#read(() => this.#refOf(this.#canonicalAt(number)))
  }

  payloadByHash(hash: Hash): Promise<PayloadEnvelope | undefined> {
    return this.#read(() => this.#blocks.get(hash))
  }

  payloadByNumber(number: bigint): Promise<PayloadEnvelope | undefined> {
    return this.#read(() => this.#canonicalAt(number))
  }

  systemConfigByHash(hash: Hash): Promise<SystemConfig> {
    return this.#read(() =>
      systemConfigFromPayload(this.#config, this.#block(hash).executionPayload),
    )
  }

  outputRootsByHash(
    hash: Hash,
  ): Promise<{ readonly stateRoot: Hash; readonly withdrawalStorageRoot: Hash }> {
    return this.#read(() => {
      const { stateRoot, withdrawalsRoot } = this.#block(hash).executionPayload
      return { stateRoot, withdrawalStorageRoot: withdrawalsRoot ?? zeroHash }
    })
  }

  async #answer<T>(
    method: EngineMethod,
    head: Hash | undefined,
    signal: AbortSignal | undefined,
    call: { run: () => T; fromStatus?: (status: PayloadStatus['status']) => T },
  ): Promise<T> {
    this.calls.push({ method, atMs: this.#clock.now(), head })
    if (this.latencyMs > 0) await sleep(this.#clock, this.latencyMs, signal)
    if (this.isDown) throw unreachable()
    const fault = this.#nextFault(method, head)
    switch (fault?.type) {
      case undefined:
        return call.run()
      case 'error':
        throw fault.error
      case 'status':
        if (call.fromStatus === undefined) throw new TypeError(`${method} has no status`)
        return call.fromStatus(fault.status)
      case 'hang':
        return new Promise(() => undefined)
      case 'loseAnswer':
        call.run()
        return new Promise(() => undefined)
      case 'delay':
        await sleep(this.#clock, fault.durationMs, signal)
        return call.run()
      case 'meanwhile':
        fault.run()
        return call.run()
      case 'tamper':
        return fault.change(call.run() as PayloadEnvelope) as T
    }
  }

  /** A build that also moves the head can fail as either. */
  #nextFault(method: EngineMethod, head: Hash | undefined): EngineFault | undefined {
    const movesHead = method === 'startBuild' && head !== this.#forkchoice.headBlockHash
    const fault = movesHead ? this.#faults.get('forkchoice')?.shift() : undefined
    return fault ?? this.#faults.get(method)?.shift()
  }

  async #read<T>(find: () => T): Promise<T> {
    if (this.latencyMs > 0) await sleep(this.#clock, this.latencyMs)
    if (this.isDown) throw unreachable()
    return find()
  }

  #updateForkchoice(
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
  ): ForkchoiceUpdated {
    if (!this.#blocks.has(state.headBlockHash)) {
      return { payloadStatus: payloadStatus('SYNCING'), payloadId: undefined }
    }
    if (!this.#blocks.has(state.safeBlockHash) || !this.#blocks.has(state.finalizedBlockHash)) {
      throw new EngineApiError(engineErrorCodes.invalidForkchoiceState, 'Invalid forkchoice state')
    }
    this.#forkchoice = state
    if (attributes === undefined) {
      return { payloadStatus: payloadStatus('VALID'), payloadId: undefined }
    }
    const id = payloadId(state.headBlockHash, attributes)
    this.#jobs.set(id, { parent: state.headBlockHash, attributes })
    return { payloadStatus: payloadStatus('VALID'), payloadId: id }
  }

  #build(parentHash: Hash, attributes: PayloadAttributes): PayloadEnvelope {
    const parent = this.#block(parentHash).executionPayload
    const transactions = attributes.noTxPool
      ? attributes.transactions
      : [...attributes.transactions, ...this.pool]
    return withHash({
      parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
      executionPayload: {
        ...parent,
        parentHash,
        feeRecipient: attributes.suggestedFeeRecipient,
        stateRoot: keccak256Hex(transactions.at(-1) ?? new Uint8Array()),
        prevRandao: attributes.prevRandao,
        blockNumber: parent.blockNumber + 1n,
        gasLimit: attributes.gasLimit,
        gasUsed: 21_000n * BigInt(transactions.length),
        timestamp: attributes.timestamp,
        extraData: extraDataForAttributes(this.#config, this.#config.chainOpConfig, attributes),
        transactions,
        withdrawals: attributes.withdrawals,
        withdrawalsRoot: isForkActive(this.#config, 'isthmus', attributes.timestamp)
          ? zeroHash
          : undefined,
      },
    })
  }

  #block(hash: Hash): PayloadEnvelope {
    const block = this.#blocks.get(hash)
    if (block === undefined) throw new RangeError(`the fake engine has no block ${hash}`)
    return block
  }

  #canonicalAt(number: bigint): PayloadEnvelope | undefined {
    let block = this.#blocks.get(this.#forkchoice.headBlockHash)
    while (block !== undefined && block.executionPayload.blockNumber > number) {
      block = this.#blocks.get(block.executionPayload.parentHash)
    }
    return block?.executionPayload.blockNumber === number ? block : undefined
  }

  #ref(envelope: PayloadEnvelope): L2BlockRef {
    return l2BlockRefFromPayload(this.#config, envelope.executionPayload)
  }

  #refOf(envelope: PayloadEnvelope | undefined): L2BlockRef | undefined {
    return envelope && this.#ref(envelope)
  }
}

/** The genesis block that a fake engine begins with, for the rollup config to name. */
export function fakeGenesis(
  config: Pick<RollupConfig, 'genesis' | 'chainOpConfig'>,
): PayloadEnvelope {
  const { l2Time, systemConfig } = config.genesis
  return withHash({
    parentBeaconBlockRoot: zeroHash,
    executionPayload: {
      parentHash: zeroHash,
      feeRecipient: zeroAddress,
      stateRoot: zeroHash,
      receiptsRoot: zeroHash,
      logsBloom: new Uint8Array(256),
      prevRandao: zeroHash,
      blockNumber: 0n,
      gasLimit: systemConfig.gasLimit,
      gasUsed: 0n,
      timestamp: l2Time,
      extraData: new Uint8Array(0),
      baseFeePerGas: 1_000_000_000n,
      blockHash: zeroHash,
      transactions: [],
      withdrawals: [],
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      withdrawalsRoot: zeroHash,
    },
  })
}

function withHash(envelope: PayloadEnvelope): PayloadEnvelope {
  const { executionPayload } = envelope
  return {
    ...envelope,
    executionPayload: { ...executionPayload, blockHash: payloadBlockHash(envelope) },
  }
}

function payloadStatus(status: PayloadStatus['status']): PayloadStatus {
  return { status, latestValidHash: undefined, validationError: undefined }
}

function unreachable(): ChainError {
  return new ChainError('temporary', 'ENGINE_UNREACHABLE', 'the fake engine is down')
}
