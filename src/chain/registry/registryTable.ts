import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Address, Hash, Hex } from '../../base/hex.ts'

/** Makes a value of what stands at `path`, or says what is wrong with it. */
type Reader<T> = (json: unknown, path: string) => T

/**
 * One object of a registry file. It must be read to its last key: a key that nobody knows may change consensus.
 *
 * Keys are compared without case and underscores, since each program writes them its own way: `chain_id`, `chainId`.
 * Those with `null` count as not there.
 */
export class RegistryTable {
  readonly #path: string
  readonly #values = new Map<string, { readonly key: string; readonly value: unknown }>()

  /** @throws {ConfigError} `REGISTRY_INVALID` when it is no object, or says one thing twice. */
  constructor(json: unknown, path: string) {
    this.#path = path
    for (const [key, value] of entriesOf(json, path)) {
      if (value === null) continue
      const twin = this.#values.get(plain(key))
      if (twin !== undefined) throw this.#isTwin(twin.key, key)
      this.#values.set(plain(key), { key, value })
    }
  }

  /** Takes a value that may be missing. @param spellings - Of its key. */
  take<T>(read: Reader<T>, ...spellings: readonly string[]): T | undefined {
    const [first, second] = spellings.flatMap((spelling) => {
      const entry = this.#values.get(plain(spelling))
      this.#values.delete(plain(spelling))
      return entry === undefined ? [] : [entry]
    })
    if (first === undefined) return undefined
    if (second !== undefined) throw this.#isTwin(first.key, second.key)
    return read(first.value, this.#path === '' ? first.key : `${this.#path}.${first.key}`)
  }

  /** Takes a value. @throws {ConfigError} `REGISTRY_INVALID` when it is missing. */
  need<T>(read: Reader<T>, ...spellings: readonly string[]): T {
    const value = this.take((json, path) => ({ read: read(json, path) }), ...spellings)
    if (value === undefined) throw invalidRegistry(this.#path, `${spellings[0]} is missing`)
    return value.read
  }

  /** Passes over what only informs. */
  skip(...spellings: readonly string[]): void {
    for (const spelling of spellings) this.#values.delete(plain(spelling))
  }

  /** Must come last. @throws {ConfigError} `REGISTRY_KEY_UNKNOWN` when something has not been read. */
  end(): void {
    const [rest] = this.#values.values()
    if (rest === undefined) return
    throw new ConfigError(
      exitCodes.configFile,
      'REGISTRY_KEY_UNKNOWN',
      `registry: ${where(this.#path)}takt does not know the key ${rest.key}, which may change consensus`,
      {
        context: { path: this.#path, key: rest.key },
        metaMessages: [
          'Use a version of takt that knows it, or take it out if you are sure that it only informs.',
        ],
      },
    )
  }

  #isTwin(key: string, other: string): ConfigError {
    return invalidRegistry(this.#path, `${key} and ${other} say the same, give one of them`)
  }
}

/** Says what is wrong with a registry file, and where. */
export function invalidRegistry(path: string, problem: string, cause?: unknown): ConfigError {
  const message = `registry: ${where(path)}${problem}`
  return new ConfigError(exitCodes.configFile, 'REGISTRY_INVALID', message, {
    cause,
    metaMessages: ["Give kona's configs.json by --registry, or the registry's TOML files as JSON."],
  })
}

/** Keys and values of an object whose keys are names. */
export function entriesOf(json: unknown, path: string): readonly [string, unknown][] {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return Object.entries(json)
  throw invalidRegistry(path, 'expected an object')
}

/** Items of a list. @throws {ConfigError} `REGISTRY_INVALID` */
export function listOf(json: unknown, path: string): readonly unknown[] {
  if (Array.isArray(json)) return json
  throw invalidRegistry(path, 'expected a list')
}

/** A text that is not empty. */
export const readText: Reader<string> = (json, path) => {
  if (typeof json === 'string' && json !== '') return json
  throw invalidRegistry(path, 'expected a text')
}

/** `true` or `false`. */
export const readBoolean: Reader<boolean> = (json, path) => {
  if (typeof json === 'boolean') return json
  throw invalidRegistry(path, 'expected true or false')
}

/** A whole number, or hex of one. */
export const readCount: Reader<number> = (json, path) => {
  const isHex = typeof json === 'string' && /^0x[0-9a-f]+$/i.test(json)
  const value = isHex ? Number(json) : json
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalidRegistry(path, 'expected a whole number')
}

/** 20 bytes, made lower-case. */
export const readAddress: Reader<Address> = (json, path) => readHex(json, path, /^0x[0-9a-f]{40}$/)

/** 32 bytes, made lower-case. */
export const readHash: Reader<Hash> = (json, path) => readHex(json, path, /^0x[0-9a-f]{64}$/)

/** Up to 32 bytes, without leading zeros. */
export const readWord: Reader<Hex> = (json, path) => {
  return `0x${BigInt(readHex(json, path, /^0x[0-9a-f]{1,64}$/)).toString(16)}`
}

function readHex(json: unknown, path: string, format: RegExp): Hex {
  const hex = String(json).toLowerCase()
  if (format.test(hex)) return hex as Hex
  throw invalidRegistry(path, `expected hex like ${format.source}, got ${hex.slice(0, 80)}`)
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '')
}

function where(path: string): string {
  return path === '' ? '' : `${path}: `
}
