import type { Clock } from '../runtime/clock.ts'
import { type LogFields, type Logger, silentLogger } from '../runtime/logger.ts'
import type {
  BlobProver,
  TxCandidate,
  TxManager,
  TxManagerControl,
  TxReceipt,
} from '../txmgr/interface.ts'
import { createLocalSigner } from '../txmgr/localSigner.ts'
import { type TxManagerOptions, txManagerOptions } from '../txmgr/options.ts'
import { createTxManager } from '../txmgr/txManager.ts'
import { FakeTxPool } from './fakeTxPool.ts'
import { ManualClock } from './manualClock.ts'

/** A transaction manager on a fake L1, with blobs as of Osaka. */
export function txManagerOn(
  l1: FakeTxPool,
  deps: { readonly clock: Clock; readonly logger?: Logger },
  options: Partial<TxManagerOptions> = {},
): TxManager & TxManagerControl {
  const { clock, logger = silentLogger } = deps
  return createTxManager(
    txManagerOptions({ cellProofTime: 0n, ...options }),
    { chainId: 900n },
    {
      backend: l1,
      signer: createLocalSigner('11'.repeat(32)),
      loadProver: async () => fakeProver,
      clock,
      logger,
    },
  )
}

/** A fake L1 under a manual clock, and a transaction manager on it that wants two confirmations. */
export class TxScene {
  readonly clock = new ManualClock(1_000_000)
  readonly l1 = new FakeTxPool()
  readonly logged: LoggedLine[] = []
  #transactions = this.#manager({})

  get transactions(): TxManager & TxManagerControl {
    return this.#transactions
  }

  /** Goes on with a manager that has other options. */
  configure(options: Partial<TxManagerOptions>): void {
    this.#transactions = this.#manager(options)
  }

  send(byte: number, blobs: readonly Uint8Array[] = []): TrackedTx {
    return trackTx(this.#transactions.send(txCandidate(byte, blobs)))
  }

  #manager(options: Partial<TxManagerOptions>): TxManager & TxManagerControl {
    const { clock, l1 } = this
    const logger = recordingLogger(this.logged)
    return txManagerOn(l1, { clock, logger }, { numConfirmations: 2, ...options })
  }
}

// Only the sizes are right. A blob's commitment is what it begins with.
const fakeProver: BlobProver = {
  commit: async (blob) => blob.slice(0, 48),
  prove: async () => new Uint8Array(48),
  proveCells: async () => Array.from({ length: 128 }, () => new Uint8Array(48)),
}

/** Where the transactions of {@link txCandidate} go. */
export const txTarget = `0x${'ff'.repeat(20)}` as const

/** A transaction whose calldata is one byte. */
export function txCandidate(byte: number, blobs: readonly Uint8Array[] = []): TxCandidate {
  return { to: txTarget, data: Uint8Array.of(byte), blobs }
}

/** What has become of a transaction so far. */
export interface TrackedTx {
  readonly state: 'pending' | 'confirmed' | 'failed'
  readonly receipt?: TxReceipt
  readonly error?: unknown
}

/** Follows what becomes of a transaction. */
export function trackTx(sent: Promise<TxReceipt>): TrackedTx {
  const tracked: TrackedTx = { state: 'pending' }
  sent.then(
    (receipt) => Object.assign(tracked, { state: 'confirmed', receipt }),
    (error) => Object.assign(tracked, { state: 'failed', error }),
  )
  return tracked
}

/** A warning or an error in the log: level, sentence, fields. */
export type LoggedLine = readonly [string, string, LogFields | undefined]

/** A log whose warnings and errors are added to `lines`. */
function recordingLogger(lines: LoggedLine[]): Logger {
  const record = (level: string) => (message: string, fields?: LogFields) => {
    lines.push([level, message, fields])
  }
  return { ...silentLogger, warn: record('warn'), error: record('error') }
}
