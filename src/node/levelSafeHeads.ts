import { ClassicLevel } from 'classic-level'
import { bigIntToBytes, bytesToBigInt, concatBytes } from '../base/bytes.ts'
import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { bytesToHex, hexToBytes } from '../base/hex.ts'
import type { BlockId } from '../chain/refs.ts'
import type { SafeHeadDatabase, SafeHeadRecord } from '../engine/safeHeadDatabase.ts'

/**
 * Opens the safe-head database in `directory`, and creates it when it is not there. Its file format is LevelDB.
 *
 * Every change is one synchronous batch: whenever the process ends, a change is there whole or not at all.
 *
 * @throws {ConfigError} `SAFE_HEADS_DIR` when the folder cannot be used or another process has it open.
 */
export async function openLevelSafeHeads(directory: string): Promise<SafeHeadDatabase> {
  const db: Database = new ClassicLevel(directory, { keyEncoding: 'view', valueEncoding: 'view' })
  try {
    await db.open()
  } catch (error) {
    throw unusable(directory, error)
  }
  return new LevelSafeHeads(db)
}

type Database = ClassicLevel<Uint8Array, Uint8Array>

// The first byte leaves room for other tables.
const firstKey = Uint8Array.of(0)
const lastKey = concatBytes(firstKey, new Uint8Array(8).fill(0xff))

class LevelSafeHeads implements SafeHeadDatabase {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async record(record: SafeHeadRecord): Promise<void> {
    await this.#write([put(record)])
  }

  async reset(safeHead: BlockId, l1Origin: BlockId): Promise<void> {
    const doubtful: SafeHeadRecord[] = []
    for await (const [key, value] of this.#db.iterator({
      gte: keyOf(l1Origin.number),
      lte: lastKey,
    })) {
      const record = decode(key, value)
      if (doubtful.length > 0 || record.safeHead.number >= safeHead.number) doubtful.push(record)
    }
    const [first, ...later] = doubtful
    if (first === undefined) return
    const changes: Change[] = later.map(({ l1 }) => ({ type: 'del', key: keyOf(l1.number) }))
    // Without an earlier record it may have been safe for long.
    const isOldest = (await this.safeHeadAtL1(first.l1.number - 1n)) === undefined
    changes.push(
      isOldest ? { type: 'del', key: keyOf(first.l1.number) } : put({ l1: first.l1, safeHead }),
    )
    await this.#write(changes)
  }

  async safeHeadAtL1(l1Number: bigint): Promise<SafeHeadRecord | undefined> {
    return l1Number < 0n ? undefined : this.#newestUpTo(keyOf(l1Number))
  }

  newest(): Promise<SafeHeadRecord | undefined> {
    return this.#newestUpTo(lastKey)
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  async #newestUpTo(lte: Uint8Array): Promise<SafeHeadRecord | undefined> {
    const range = { gte: firstKey, lte, reverse: true, limit: 1 }
    for await (const [key, value] of this.#db.iterator(range)) return decode(key, value)
    return undefined
  }

  async #write(changes: Change[]): Promise<void> {
    try {
      await this.#db.batch(changes, { sync: true })
    } catch (cause) {
      throw new ChainError(
        'critical',
        'SAFE_HEADS_WRITE',
        'the safe-head database cannot be written',
        {
          cause,
          metaMessages: ['Check free space and permissions of its folder, then restart.'],
        },
      )
    }
  }
}

type Change =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

function keyOf(l1Number: bigint): Uint8Array {
  return concatBytes(firstKey, bigIntToBytes(l1Number, 8))
}

/** Value: `l1Hash[32] | l2Hash[32] | l2Number u64`. */
function put({ l1, safeHead }: SafeHeadRecord): Change {
  const value = concatBytes(
    hexToBytes(l1.hash),
    hexToBytes(safeHead.hash),
    bigIntToBytes(safeHead.number, 8),
  )
  return { type: 'put', key: keyOf(l1.number), value }
}

function decode(key: Uint8Array, value: Uint8Array): SafeHeadRecord {
  if (key.length !== 9 || value.length !== 72) {
    throw new ChainError(
      'critical',
      'SAFE_HEADS_CORRUPT',
      `the safe-head database holds a record of ${key.length} and ${value.length} bytes, not 9 and 72`,
      { metaMessages: ['Remove its folder: the records from now on are written anew.'] },
    )
  }
  return {
    l1: { hash: bytesToHex(value.subarray(0, 32)), number: bytesToBigInt(key.subarray(1)) },
    safeHead: {
      hash: bytesToHex(value.subarray(32, 64)),
      number: bytesToBigInt(value.subarray(64)),
    },
  }
}

function unusable(directory: string, cause: unknown): ConfigError {
  const isLocked = (cause as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED'
  return new ConfigError(
    exitCodes.configFile,
    'SAFE_HEADS_DIR',
    isLocked
      ? `the safe-head database ${directory} is in use by another process`
      : `the safe-head database ${directory} cannot be opened`,
    {
      cause,
      metaMessages: [
        isLocked
          ? 'Stop the other node, or give each node a folder of its own.'
          : 'Check that the folder can be written, or name another with --safedb.path.',
      ],
    },
  )
}
