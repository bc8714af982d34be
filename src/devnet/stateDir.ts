import { randomBytes } from 'node:crypto'
import {
  access,
  constants,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { bytesToHex } from '../base/hex.ts'
import { readJwtSecretFile } from '../jsonrpc/jwtSecret.ts'
import { type FolderLock, lockFolder } from './folderLock.ts'
import { adoptL1Dump, l1DumpFile } from './l1/l1State.ts'
import { type DevnetOptions, fieldName, type L1Contracts, type OptionName } from './options.ts'

/** The files of one devnet. */
export interface StateDir {
  readonly genesisPath: string
  readonly rollupConfigPath: string
  readonly jwtSecretPath: string
  readonly jwtSecret: Uint8Array
  /** Where anvil keeps L1; `undefined` in a temporary folder. */
  readonly l1StateFile: string | undefined
  readonly l1CacheDir: string
  /** Where the engine keeps L2, also in a temporary folder: it must survive a crash of the engine. */
  readonly l2DataDir: string
  /** Where the second node keeps its L2. */
  readonly verifierDataDir: string
  /** The devnet that the folder holds. */
  readonly saved: SavedDevnet | undefined
  /** Remembers the devnet: from now on the folder is resumed from. */
  save(devnet: Omit<SavedDevnet, 'options'>): Promise<void>
  /** Lets others have it; a temporary folder is removed. */
  close(): Promise<void>
}

/** What is needed, beside the chains themselves, to go on with them. */
export interface SavedDevnet {
  readonly options: PersistentOptions
  readonly contracts: L1Contracts
  /** Timestamp of the L2 genesis block; slots of L1 are counted from it. */
  readonly genesisTime: number
}

/** Options that a chain cannot change once it exists. */
export type PersistentOptions = Pick<DevnetOptions, (typeof persistentOptions)[number]>

const persistentOptions = [
  'blockTime',
  'l1BlockTime',
  'fork',
  'upgrades',
  'seqWindowSize',
  'channelTimeout',
  'maxSequencerDrift',
  'gasLimit',
  'proposals',
  'l1ChainId',
  'l2ChainId',
  'accounts',
  'fund',
] as const

/**
 * Opens the folder of a devnet, or a temporary one when the options name none.
 *
 * @throws {ConfigError} `STATE_DIR_IN_USE` when another devnet runs on it; `STATE_DIR_OTHER_OPTIONS` when it holds one
 * that was started otherwise; `STATE_DIR_DAMAGED` when it cannot be read; `STATE_DIR_UNUSABLE` when it is no folder, or
 * none that may be written to.
 */
export async function openStateDir(
  options: DevnetOptions,
  nameOf: OptionName = fieldName,
): Promise<StateDir> {
  const isTemporary = options.stateDir === undefined
  const path = isTemporary
    ? await mkdtemp(join(tmpdir(), 'takt-devnet-'))
    : resolve(options.stateDir!)
  await makeFolder(path, nameOf)
  const lock = await lockFolder(join(path, 'lock'))
  try {
    return await readStateDir(path, lock, options, nameOf)
  } catch (error) {
    await lock.close()
    throw error
  }
}

async function makeFolder(path: string, nameOf: OptionName): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK)
  } catch (cause) {
    throw new ConfigError(
      exitCodes.configFile,
      'STATE_DIR_UNUSABLE',
      `cannot use ${path} as the state folder: ${(cause as Error).message}`,
      {
        cause,
        metaMessages: [
          `Name a folder with ${nameOf('stateDir')} that is new or may be written to.`,
        ],
      },
    )
  }
}

async function readStateDir(
  path: string,
  lock: FolderLock,
  options: DevnetOptions,
  nameOf: OptionName,
): Promise<StateDir> {
  const isTemporary = options.stateDir === undefined
  const savedPath = join(path, 'devnet.json')
  const l1StateFile = join(path, 'l1.json')
  const saved = await readSaved(savedPath)
  if (saved !== undefined) assertSameOptions(path, saved.options, options, nameOf)
  // What an unfinished start left behind belongs to no chain; what anvil cached, to no other run.
  const chains = ['l1.json', basename(l1DumpFile(l1StateFile)), 'l2', 'verifier']
  const stale = saved === undefined ? [...chains, 'l1-cache'] : ['l1-cache']
  for (const name of stale) await rm(join(path, name), { recursive: true, force: true })
  if (!isTemporary) await adoptL1Dump(l1StateFile)
  return {
    genesisPath: join(path, 'genesis.json'),
    rollupConfigPath: join(path, 'rollup.json'),
    jwtSecretPath: join(path, 'jwt.txt'),
    jwtSecret: await readOrCreateSecret(join(path, 'jwt.txt')),
    l1StateFile: isTemporary ? undefined : l1StateFile,
    l1CacheDir: join(path, 'l1-cache'),
    l2DataDir: join(path, 'l2'),
    verifierDataDir: join(path, 'verifier'),
    saved,
    async save(devnet) {
      const kept = Object.fromEntries(persistentOptions.map((name) => [name, options[name]]))
      await writeFile(`${savedPath}.new`, JSON.stringify({ options: kept, ...devnet }, null, 2))
      await rename(`${savedPath}.new`, savedPath)
    },
    async close() {
      await lock.close()
      if (isTemporary) await rm(path, { recursive: true, force: true })
    },
  }
}

async function readSaved(path: string): Promise<SavedDevnet | undefined> {
  try {
    return await readSavedFile(path, parseSaved)
  } catch (error) {
    const { cause } = error as ConfigError
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parseSaved(text: string): SavedDevnet {
  const saved = JSON.parse(text) as Partial<SavedDevnet>
  const { options, contracts, genesisTime } = saved
  if (options === undefined || contracts === undefined || typeof genesisTime !== 'number') {
    throw new Error('it does not say which devnet the folder holds')
  }
  return { options, contracts, genesisTime }
}

/**
 * Reads a file of a devnet that was saved.
 *
 * @throws {ConfigError} `STATE_DIR_DAMAGED` when it is not there, or `parse` cannot read it.
 */
export async function readSavedFile<T>(path: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError(
      exitCodes.configFile,
      'STATE_DIR_DAMAGED',
      `cannot read ${path}: ${(cause as Error).message}`,
      { cause, metaMessages: ['Remove the state folder to begin a new chain.'] },
    )
  }
}

function assertSameOptions(
  path: string,
  saved: PersistentOptions,
  given: DevnetOptions,
  nameOf: OptionName,
): void {
  const words = (options: PersistentOptions, name: keyof PersistentOptions) => {
    const value = options[name]
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  const different = persistentOptions.filter((name) => words(saved, name) !== words(given, name))
  if (different.length === 0) return
  const list = different
    .map((name) => `${nameOf(name)} ${words(saved, name)}, not ${words(given, name)}`)
    .join('; ')
  throw new ConfigError(
    exitCodes.configFile,
    'STATE_DIR_OTHER_OPTIONS',
    `the devnet in ${path} was made with other options: ${list}`,
    {
      context: { path, different },
      metaMessages: [`Start it with the same options, or give another ${nameOf('stateDir')}.`],
    },
  )
}

async function readOrCreateSecret(path: string): Promise<Uint8Array> {
  try {
    const secret = bytesToHex(new Uint8Array(randomBytes(32)))
    await writeFile(path, secret, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readJwtSecretFile(path)
}
