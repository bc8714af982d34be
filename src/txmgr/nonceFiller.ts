import { emptyBytes } from '../base/bytes.ts'
import type { Address } from '../base/hex.ts'
import type { Logger } from '../runtime/logger.ts'
import type { L1TxBackend } from './backend.ts'
import { type Delivery, PoolConflict } from './delivery.ts'
import { blobBytes } from './sidecar.ts'
import { TxError } from './txError.ts'
import type { PreparedTx, TxFactory } from './txFactory.ts'
import type { TxKind } from './txKind.ts'

export interface NonceFillerDeps {
  readonly address: Address
  readonly backend: L1TxBackend
  readonly factory: TxFactory
  /** Of a transaction that counts as soon as it is in a block, and waits for no other. */
  readonly newDelivery: (tx: PreparedTx) => Delivery
  readonly logger: Logger
}

const plainTransferGas = 21_000n

/** Uses nonces up with transactions that do nothing, where others are stuck or missing. */
export class NonceFiller {
  readonly #deps: NonceFillerDeps

  constructor(deps: NonceFillerDeps) {
    this.#deps = deps
  }

  /**
   * Takes the place of all that the pool holds of the account.
   *
   * @param kind - Of what the pool holds; where that is not known, both are tried.
   * @throws {ChainError} `temporary`; {TxError}
   */
  async replacePooled(kind: TxKind | undefined, signal: AbortSignal): Promise<void> {
    const { address, backend, logger } = this.#deps
    const [from, pending] = await Promise.all([
      backend.nonce(address, 'latest', signal),
      backend.nonce(address, 'pending', signal),
    ])
    // A pool that refuses the other kind holds one at least, whatever it counts.
    const end = kind !== undefined && pending <= from ? from + 1n : pending
    if (end === from) return
    logger.warn('Replacing stuck transactions in the pool', { from, to: end - 1n })
    await this.#use(from, end, kind, signal)
  }

  /** Uses the nonces up to `end`, without it. @throws {ChainError} `temporary`; {TxError} */
  async fill(from: bigint, end: bigint, kind: TxKind, signal: AbortSignal): Promise<void> {
    this.#deps.logger.warn('L1 has lost transactions: filling their nonces', { from, to: end - 1n })
    await this.#use(from, end, kind, signal)
  }

  async #use(
    from: bigint,
    end: bigint,
    kind: TxKind | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const nonces = Array.from({ length: Number(end - from) }, (_, index) => from + BigInt(index))
    await Promise.all(
      nonces.map(async (nonce) => {
        const isUsed = await this.#send(nonce, kind ?? 'plain', signal)
        if (!isUsed && kind === undefined) await this.#send(nonce, 'blobs', signal)
      }),
    )
  }

  /** False when the pool holds the other kind. */
  async #send(nonce: bigint, kind: TxKind, signal: AbortSignal): Promise<boolean> {
    const { address, factory, newDelivery } = this.#deps
    const blobs = kind === 'plain' ? [] : [new Uint8Array(blobBytes)]
    const candidate = { to: address, data: emptyBytes, blobs, gasLimit: plainTransferGas }
    const draft = await factory.draft(candidate, factory.sidecars(blobs), signal)
    const tx = await factory.sign(draft, nonce, signal)
    try {
      await newDelivery(tx).run(signal)
      return true
    } catch (error) {
      if (error instanceof PoolConflict) return false
      // What was there got into a block after all.
      if (error instanceof TxError && error.code === 'TX_NONCE_TOO_LOW') return true
      throw error
    }
  }
}
