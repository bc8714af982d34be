import { knownL1Chain } from '../chain/l1Chain.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { L1TxBackend } from './backend.ts'
import type {
  BlobProver,
  FeeSuggestion,
  Signer,
  TxCandidate,
  TxManager,
  TxManagerControl,
  TxManagerSettings,
  TxReceipt,
} from './interface.ts'
import { NonceLine } from './nonceLine.ts'
import type { TxObserver } from './observer.ts'
import { type TxManagerOptions, txManagerOptions } from './options.ts'
import { timedBackend } from './timedBackend.ts'
import { TxFactory } from './txFactory.ts'

export interface TxManagerDeps {
  readonly backend: L1TxBackend
  readonly signer: Signer
  /** Called for each set of blobs; see `createKzgLoader`. */
  readonly loadProver: () => Promise<BlobProver>
  readonly clock: Clock
  readonly logger: Logger
  readonly observer?: TxObserver | undefined
}

/** Brings transactions of the signer's account to L1. */
export function createTxManager(
  options: TxManagerOptions,
  given: { readonly chainId: bigint },
  deps: TxManagerDeps,
): TxManager & TxManagerControl {
  return new AccountTxManager(options, given, deps)
}

class AccountTxManager implements TxManager, TxManagerControl {
  /** Changed in place: all that reads it is to heed the change. */
  readonly #options: { -readonly [Name in keyof TxManagerOptions]: TxManagerOptions[Name] }
  readonly #deps: TxManagerDeps
  readonly #backend: L1TxBackend
  readonly #factory: TxFactory
  readonly #line: NonceLine

  constructor(
    options: TxManagerOptions,
    { chainId }: { readonly chainId: bigint },
    deps: TxManagerDeps,
  ) {
    this.#options = { ...options }
    this.#deps = deps
    this.#backend = timedBackend(deps.backend, options.networkTimeoutMs, deps)
    const cellProofTime = options.cellProofTime ?? knownL1Chain(chainId)?.osakaTime
    this.#factory = new TxFactory(
      this.#options,
      { chainId, cellProofTime },
      { ...deps, backend: this.#backend },
    )
    this.#line = new NonceLine(this.#options, {
      ...deps,
      address: this.address,
      backend: this.#backend,
      factory: this.#factory,
    })
  }

  get address() {
    return this.#deps.signer.address
  }

  get numConfirmations(): number {
    return this.#options.numConfirmations
  }

  get pending(): number {
    return this.#line.length
  }

  get settings(): TxManagerSettings {
    return this.#options
  }

  change(settings: Partial<TxManagerSettings>): void {
    Object.assign(this.#options, txManagerOptions({ ...this.#options, ...settings }))
    this.#deps.logger.info('Changed how transactions are sent', { ...settings })
  }

  forget(): void {
    this.#line.forget()
  }

  suggestFees(signal?: AbortSignal): Promise<FeeSuggestion> {
    return this.#factory.suggestFees(signal)
  }

  balance(signal?: AbortSignal): Promise<bigint> {
    return this.#backend.balance(this.address, signal)
  }

  async blockNumber(signal?: AbortSignal): Promise<bigint> {
    return (await this.#backend.head(signal)).number
  }

  async send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxReceipt> {
    const { observer } = this.#deps
    signal?.throwIfAborted()
    this.#line.assertOpen()
    observer?.onSend(candidate)
    try {
      return await this.#line.send(candidate, signal)
    } catch (error) {
      observer?.onFailed(error)
      throw error
    }
  }

  resendLost(signal?: AbortSignal): Promise<number> {
    return this.#line.resendLost(signal)
  }

  replacePooled(signal: AbortSignal): Promise<void> {
    return this.#line.replacePooled(signal)
  }

  close(): Promise<void> {
    return this.#line.close()
  }
}
