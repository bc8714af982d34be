import { Common, type CustomCrypto, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVM, type EVMInterface } from '@ethereumjs/evm'
import { Address as EvmAddress } from '@ethereumjs/util'
import type { Address, Hash } from '../../base/hex.ts'
import { bytesToHex, hexToBytes } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import { recoverPublicKey } from '../../base/secp256k1.ts'
import type { Fork } from '../../chain/forks.ts'
import type { Log } from '../../protocol/receipt.ts'
import { rulesOf } from '../chainConfig.ts'
import type { JournaledState } from '../state/journaledState.ts'
import { DeferredBls } from './deferredBls.ts'
import { type Pause, PausePoints } from './pausePoints.ts'
import { opPrecompiles } from './precompiles.ts'
import { EvmStateManager } from './stateManager.ts'

/** What a contract can learn of the block that it runs in. */
export interface BlockContext {
  readonly number: bigint
  readonly timestamp: bigint
  readonly feeRecipient: Address
  readonly gasLimit: bigint
  readonly baseFee: bigint
  readonly prevRandao: Hash
  /** The hash of one of the last 256 blocks. */
  readonly blockHash: (number: bigint) => Hash
}

/** A call, or a contract creation where `to` is missing. The caller's nonce is already raised. */
export interface Message {
  readonly caller: Address
  readonly to: Address | undefined
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
  /** What is left after the intrinsic gas. */
  readonly gasLimit: bigint
  /** Wei. */
  readonly gasPrice: bigint
  /** Accounts and slots that are warm from the start, besides caller, target, precompiles and fee recipient. */
  readonly warm: readonly { readonly address: Address; readonly storageKeys: readonly Hash[] }[]
  /** Ask for {@link MessageResult.accessed}. */
  readonly reportsAccess?: boolean
  /** Missing: the message runs without a stop. */
  readonly pause?: Pause | undefined
}

export interface MessageResult {
  readonly gasUsed: bigint
  /** Not yet capped. */
  readonly gasRefund: bigint
  readonly logs: readonly Log[]
  readonly returnValue: Uint8Array
  /** Why the message failed; `revert` is the contract's own choice, all others take the whole gas. */
  readonly failure: string | undefined
  readonly createdAddress: Address | undefined
  /** Accounts and slots that opcodes touched. Only when it was asked for and code ran. */
  readonly accessed?: ReadonlyMap<Address, readonly Hash[]>
  /** Accounts that end with the transaction. They are still there. */
  readonly destroyed: readonly Address[]
}

/** The EVM under the rules of one fork. Runs one message at a time. */
export class OpEvm {
  readonly fork: Fork
  readonly #evm: EVM
  readonly #stateManager: EvmStateManager
  readonly #blockHashes: BlockHashes
  readonly #pausePoints: PausePoints
  readonly #warmsFeeRecipient: boolean
  readonly #destroysOnlyNew: boolean

  private constructor(
    fork: Fork,
    evm: EVM,
    stateManager: EvmStateManager,
    blockHashes: BlockHashes,
    pausePoints: PausePoints,
  ) {
    const rules = rulesOf(fork)
    this.fork = fork
    this.#evm = evm
    this.#stateManager = stateManager
    this.#blockHashes = blockHashes
    this.#pausePoints = pausePoints
    this.#warmsFeeRecipient = rules.isActive('canyon')
    this.#destroysOnlyNew = rules.isActive('ecotone')
  }

  /** @param state - Any: each message brings its own. */
  static async create(fork: Fork, chainId: bigint, state: JournaledState): Promise<OpEvm> {
    const common = createCommon(chainId, ethereumForkOf(fork))
    const osaka = createCommon(chainId, Hardfork.Osaka)
    const pausePoints = new PausePoints()
    const stateManager = new EvmStateManager(state, pausePoints)
    const blockHashes = new BlockHashes()
    const bls = new DeferredBls()
    const pause = () => pausePoints.call()
    const evm = await createEVM({
      common,
      bls,
      stateManager,
      blockchain: blockHashes,
      customPrecompiles: opPrecompiles(fork, { common, osaka, bls, pause }),
      // The same JUMPDEST, but one that every loop pauses at.
      customOpcodes: [
        {
          opcode: 0x5b,
          opcodeName: 'JUMPDEST',
          baseFee: 1,
          logicFunction: () => pausePoints.loop(),
        },
      ],
    })
    return new OpEvm(fork, evm, stateManager, blockHashes, pausePoints)
  }

  /**
   * Runs a message that is all that its transaction does. Accounts that it touched and left empty go.
   *
   * The state keeps what the message did; a failed message leaves it as it was.
   *
   * @throws what the message's `pause` throws. Neither this EVM nor the state is of use then.
   */
  async run(state: JournaledState, block: BlockContext, message: Message): Promise<MessageResult> {
    this.#stateManager.use(state)
    this.#blockHashes.use(block)
    this.#pausePoints.use(message.pause)
    const { journal } = this.#evm
    journal.cleanJournal()
    this.#warmUp(block, message)
    if (message.reportsAccess) journal.startReportingAccessList()
    const result = await this.#evm.runCall({
      block: toEvmBlock(block),
      caller: toEvmAddress(message.caller),
      ...(message.to !== undefined && { to: toEvmAddress(message.to) }),
      value: message.value,
      data: message.data,
      gasLimit: message.gasLimit,
      gasPrice: message.gasPrice,
      skipNonceIncrement: true,
    })
    const { execResult } = result
    const destroyed = [...(execResult.selfdestruct?.keys() ?? [])].filter(
      (address) => !this.#destroysOnlyNew || execResult.createdAddresses?.has(address),
    )
    const accessed = journal.accessList && toAccessed(journal.accessList)
    await journal.cleanup()
    // The library leaves it to the opcodes to end a transaction's transient storage.
    this.#evm.transientStorage.clear()
    return {
      gasUsed: execResult.executionGasUsed,
      gasRefund: execResult.gasRefund ?? 0n,
      logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
        address: bytesToHex(address),
        topics: topics.map(bytesToHex),
        data,
      })),
      returnValue: execResult.returnValue,
      failure: execResult.exceptionError?.error,
      createdAddress: result.createdAddress && bytesToHex(result.createdAddress.bytes),
      destroyed,
      ...(accessed !== undefined && { accessed }),
    }
  }

  #warmUp(block: BlockContext, message: Message): void {
    const { journal } = this.#evm
    for (const address of this.#evm.precompiles.keys()) journal.addAlwaysWarmAddress(address)
    journal.addAlwaysWarmAddress(message.caller)
    if (message.to !== undefined) journal.addAlwaysWarmAddress(message.to)
    if (this.#warmsFeeRecipient) journal.addAlwaysWarmAddress(block.feeRecipient)
    for (const { address, storageKeys } of message.warm) {
      journal.addAlwaysWarmAddress(address)
      for (const slot of storageKeys) journal.addAlwaysWarmSlot(address, slot)
    }
  }
}

/** The blocks that BLOCKHASH asks the library's chain for. */
class BlockHashes {
  #block: BlockContext | undefined

  use(block: BlockContext): void {
    this.#block = block
  }

  async getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = hexToBytes(this.#block!.blockHash(BigInt(number)))
    return { hash: () => hash }
  }

  async putBlock(): Promise<void> {}

  shallowCopy(): BlockHashes {
    return this
  }
}

function ethereumForkOf(fork: Fork): Hardfork {
  const rules = rulesOf(fork)
  if (rules.isActive('karst')) return Hardfork.Osaka
  if (rules.isActive('isthmus')) return Hardfork.Prague
  if (rules.isActive('ecotone')) return Hardfork.Cancun
  if (rules.isActive('canyon')) return Hardfork.Shanghai
  return Hardfork.Paris
}

function createCommon(chainId: bigint, hardfork: Hardfork): Common {
  return new Common({
    chain: { ...Mainnet, chainId: Number(chainId) },
    hardfork,
    customCrypto,
  })
}

const customCrypto: CustomCrypto = {
  keccak256,
  ecrecover: (hash, v, r, s) => {
    const signature = new Uint8Array(64)
    signature.set(r, 32 - r.length)
    signature.set(s, 64 - s.length)
    const key = recoverPublicKey(hash, signature, Number(v - 27n))
    if (key === undefined) throw new Error('no key fits the signature')
    return key
  },
}

function toAccessed(
  accessList: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<Address, readonly Hash[]> {
  return new Map(
    Array.from(accessList, ([address, slots]) => [
      `0x${address}` as const,
      Array.from(slots, (slot) => `0x${slot}` as const),
    ]),
  )
}

function toEvmAddress(address: Address): EvmAddress {
  return new EvmAddress(hexToBytes(address))
}

function toEvmBlock(
  block: BlockContext,
): NonNullable<Parameters<EVMInterface['runCall']>[0]['block']> {
  return {
    header: {
      number: block.number,
      coinbase: toEvmAddress(block.feeRecipient),
      timestamp: block.timestamp,
      difficulty: 0n,
      prevRandao: hexToBytes(block.prevRandao),
      gasLimit: block.gasLimit,
      baseFeePerGas: block.baseFee,
      slotNumber: 0n,
      // The OP Stack has no blobs on L2: BLOBBASEFEE is always 1.
      getBlobGasPrice: () => 1n,
    },
  }
}
