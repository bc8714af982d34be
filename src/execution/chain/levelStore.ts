import { ClassicLevel } from 'classic-level'
import { ChainError, ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'
import { type KeyValueStore, type StoreChange, storeKeyText } from './store.ts'

// An fsync takes as long as the disk takes, and holds up the writes that come meanwhile.
const syncDelayMs = 100

/**
 * Opens the database in `directory`, and creates it when it is not there.
 *
 * What was written is safe from a power failure a tenth of a second later: each fsync begins that long
 * after the first write that it covers, so that nobody waits for it.
 *
 * @throws {ConfigError} `DATA_DIR` when the folder cannot be used or another process has it open.
 */
export async function openLevelStore(
  directory: string,
  deps: { readonly clock: Clock },
): Promise<KeyValueStore> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: 64 * 1024 * 1024,
    writeBufferSize: 4 * 1024 * 1024,
  })
  try {
    await db.open()
  } catch (error) {
    throw unusable(directory, error)
  }
  return new LevelStore(db, deps)
}

/** A batch on its way to the disk, by {@link storeKeyText}. */
type Unwritten = ReadonlyMap<string, Uint8Array | undefined>

type Operations = ReturnType<ClassicLevel<Uint8Array, Uint8Array>['batch']>

/** The key that an fsync is asked for with: it writes itself, and no kind of value has it. */
export const syncMark = Uint8Array.of(0)

class LevelStore implements KeyValueStore {
  readonly #db: ClassicLevel<Uint8Array, Uint8Array>
  readonly #clock: Clock
  readonly #closing = new AbortController()
  /** The oldest first. They are few: the fork choice waits for them. */
  readonly #unwritten: Unwritten[] = []
  #tail: Promise<void> = Promise.resolve()
  #isSyncDue = false
  #synced: Promise<void> = Promise.resolve()
  #failure: ChainError | undefined

  constructor(db: ClassicLevel<Uint8Array, Uint8Array>, { clock }: { readonly clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.#unwritten.length > 0) {
      const text = storeKeyText(key)
      const newest = this.#unwritten.findLast((values) => values.has(text))
      if (newest !== undefined) return newest.get(text)
    }
    const stored = this.#db.getSync(key)
    // The database hands out Buffers, whose slice() and equality differ from those of plain bytes.
    return stored && new Uint8Array(stored.buffer, stored.byteOffset, stored.length)
  }

  write(batch: readonly StoreChange[]): Promise<void> {
    this.#unwritten.push(new Map(batch.map(({ key, value }) => [storeKeyText(key), value])))
    // At once where nothing is in the way, so that the disk is busy while the caller goes on.
    const isFree = this.#unwritten.length === 1
    const done = isFree ? this.#writeNow(batch) : this.#tail.then(() => this.#writeNow(batch))
    this.#tail = done.catch(() => undefined)
    return done
  }

  async close(): Promise<void> {
    await this.#tail
    this.#closing.abort()
    await this.#synced
    await this.#db.close()
  }

  async #writeNow(batch: readonly StoreChange[]): Promise<void> {
    // A batch after a lost one would leave a hole; what was read as written must stay readable.
    if (this.#failure !== undefined) throw this.#failure
    try {
      await this.#operations(batch).write()
    } catch (error) {
      throw this.#fail(error)
    }
    this.#unwritten.shift()
    this.#syncSoon()
  }

  /** Built up by calls: a list of operations costs the thread several times as much. */
  #operations(batch: readonly StoreChange[]): Operations {
    const operations = this.#db.batch()
    for (const { key, value } of batch) {
      if (value === undefined) operations.del(key)
      else operations.put(key, value)
    }
    return operations
  }

  #syncSoon(): void {
    if (this.#isSyncDue) return
    this.#isSyncDue = true
    this.#synced = this.#synced.then(() => this.#sync())
  }

  async #sync(): Promise<void> {
    await sleep(this.#clock, syncDelayMs, this.#closing.signal).catch(() => undefined)
    this.#isSyncDue = false
    try {
      // The log is one file in the order of the writes: with the last of them all reach the disk.
      await this.#db.put(syncMark, noValue, { sync: true })
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(cause: unknown): ChainError {
    this.#failure ??= new ChainError(
      'critical',
      'STORE_WRITE',
      'the engine cannot write its data',
      {
        cause,
        metaMessages: ['Check free space and permissions of the data folder, then restart.'],
      },
    )
    return this.#failure
  }
}

const noValue = new Uint8Array(0)

function unusable(directory: string, error: unknown): ConfigError {
  const cause = (error as { cause?: { code?: string } }).cause
  const locked = cause?.code === 'LEVEL_LOCKED'
  return new ConfigError(
    exitCodes.configFile,
    'DATA_DIR',
    locked
      ? `the data folder ${directory} is in use by another process`
      : `the data folder ${directory} cannot be opened`,
    {
      cause: error,
      metaMessages: [
        locked
          ? 'Stop the other engine, or give each engine a folder of its own.'
          : 'Check that the folder can be written and holds nothing but the engine’s data.',
      ],
    },
  )
}
