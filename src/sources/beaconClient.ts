import { ChainError, DecodeError, TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { BlobProvider } from '../derive/providers.ts'
import { EndpointHealth } from '../jsonrpc/endpointHealth.ts'
import { versionedHash } from '../protocol/versionedHash.ts'
import { type Clock, nowSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import {
  type BeaconEndpoint,
  BeaconError,
  createBeaconEndpoint,
  type ServedBlob,
} from './beaconEndpoint.ts'
import type { Kzg } from './kzg.ts'
import type { KzgLoader } from './kzgThread.ts'

export interface BeaconClientOptions {
  /** Beacon nodes, the preferred one first. */
  readonly urls: readonly string[]
  /** Nodes that keep blobs longer, asked last. */
  readonly archiverUrls: readonly string[]
  readonly urlFlag?: string
  readonly archiverFlag?: string
  readonly blobIds: BlobIds
  /** Added to all requests to `urls`; archivers, which are other people's, do not get them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Ask for all blobs of a block, for nodes that mishandle requests for some. */
  readonly fetchAll?: boolean
  /** For one request. Default 30 s. */
  readonly timeoutMs?: number
}

/** What names a block to the beacon node. */
export type BlobIds =
  | {
      readonly type: 'slot'
      /** Seconds; asked of the beacon node where it is `undefined`. */
      readonly genesisTime: bigint | undefined
      readonly slotDuration: bigint | undefined
    }
  /** anvil has no beacon chain, and takes the hash of the execution block. */
  | { readonly type: 'blockHash' }

/** Blobs over the Beacon API. */
export interface BeaconClient extends BlobProvider {
  /**
   * Asks for what names the blocks, once.
   *
   * @throws {ChainError} `temporary` `BEACON_UNREACHABLE` when no node answers with that.
   */
  connect(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface BeaconClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Loaded when the first blob is to be checked, and closed with the client. */
  readonly kzg: KzgLoader
}

/** Beacon nodes must keep blobs for 4,096 epochs. */
const retentionSlots = 131_072n

/** @throws {ConfigError} `URL_INVALID` */
export function createBeaconClient(
  options: BeaconClientOptions,
  deps: BeaconClientDeps,
): BeaconClient {
  return new Client(options, deps)
}

class Client implements BeaconClient {
  readonly #blobIds: BlobIds
  readonly #archiverFlag: string
  readonly #hasArchiver: boolean
  readonly #deps: BeaconClientDeps
  readonly #endpoints: readonly BeaconEndpoint[]
  readonly #health: EndpointHealth<BeaconEndpoint>
  #slots: Slots | undefined

  constructor(options: BeaconClientOptions, deps: BeaconClientDeps) {
    const { timeoutMs = 30_000, urlFlag, archiverFlag, headers = {}, fetchAll = false } = options
    const common = { timeoutMs, fetchAll }
    this.#blobIds = options.blobIds
    this.#archiverFlag = archiverFlag ?? 'an archiver'
    this.#hasArchiver = options.archiverUrls.length > 0
    this.#deps = deps
    this.#endpoints = [
      ...options.urls.map((url) =>
        createBeaconEndpoint({ ...common, url, urlFlag, headers }, deps),
      ),
      ...options.archiverUrls.map((url) =>
        createBeaconEndpoint({ ...common, url, urlFlag: archiverFlag }, deps),
      ),
    ]
    this.#health = new EndpointHealth(this.#endpoints, {
      backoff: { baseDelayMs: 1_000, maxDelayMs: 60_000 },
      random: deps.random,
    })
  }

  async blobsOfBlock(
    block: L1BlockRef,
    versionedHashes: readonly Hash[],
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const id = await this.#blockId(block, signal)
    const found = new Map<Hash, Uint8Array>()
    const missing = () => [...new Set(versionedHashes)].filter((hash) => !found.has(hash))
    const failures: string[] = []
    // Nodes that failed lately come last, but before giving up each is asked.
    const preferred = this.#health.candidates(this.#deps.clock.now())
    const order = new Set([...preferred, ...this.#endpoints])
    for (const endpoint of order) {
      if (missing().length === 0) break
      const startedAt = this.#deps.clock.now()
      try {
        const served = await endpoint.blobs(id, missing(), signal)
        await this.#take(served, missing(), found)
        this.#health.succeeded(endpoint)
        if (missing().length > 0) failures.push(`${endpoint.name} does not have it`)
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof BeaconError || error instanceof DecodeError)) throw error
        this.#health.failed(endpoint, startedAt, this.#deps.clock.now())
        this.#deps.logger.debug('Beacon node failed', { endpoint: endpoint.name, id, error })
        failures.push(error.shortMessage)
      }
    }
    const [lacking] = missing()
    if (lacking !== undefined) throw this.#unavailable(block, id, lacking, failures)
    return versionedHashes.map((hash) => found.get(hash)!)
  }

  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#blobIds.type === 'slot') await this.#slotTimes(this.#blobIds, signal)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints, this.#deps.kzg].map((part) => part.close()))
  }

  /** Keeps those of the wanted blobs that are what their hashes say. */
  async #take(
    served: readonly ServedBlob[],
    wanted: readonly Hash[],
    found: Map<Hash, Uint8Array>,
  ): Promise<void> {
    if (served.length === 0) return
    const kzg = await this.#deps.kzg.load()
    const proven = served.flatMap(({ blob, proof }) => {
      if (proof === undefined) return []
      const hash = versionedHash(proof.commitment)
      return wanted.includes(hash) ? [{ blob, hash, ...proof }] : []
    })
    if (proven.length > 0) {
      const isGood = await kzg.verify(
        proven.map(({ blob }) => blob),
        proven.map(({ commitment }) => commitment),
        proven.map(({ proof }) => proof),
      )
      if (!isGood) throw new DecodeError('BLOB_PROOF', 'a blob does not belong to its commitment')
      for (const { hash, blob } of proven) found.set(hash, blob)
    }
    const bare = served.filter(({ proof }) => proof === undefined)
    await Promise.all(
      bare.map(async ({ blob }) => {
        const hash = await committedHash(kzg, blob)
        if (wanted.includes(hash)) found.set(hash, blob)
      }),
    )
  }

  async #blockId(block: L1BlockRef, signal: AbortSignal | undefined): Promise<string> {
    if (this.#blobIds.type === 'blockHash') return block.hash
    const { genesisTime, slotDuration } = await this.#slotTimes(this.#blobIds, signal)
    return ((block.timestamp - genesisTime) / slotDuration).toString()
  }

  async #slotTimes(
    given: BlobIds & { type: 'slot' },
    signal: AbortSignal | undefined,
  ): Promise<Slots> {
    if (this.#slots !== undefined) return this.#slots
    const failures: string[] = []
    for (const endpoint of this.#endpoints) {
      try {
        const genesisTime = given.genesisTime ?? (await endpoint.genesisTime(signal))
        const slotDuration = given.slotDuration ?? (await endpoint.slotDuration(signal))
        if (slotDuration === 0n) throw new DecodeError('BEACON_JSON', 'a slot of 0 seconds')
        this.#slots = { genesisTime, slotDuration }
        return this.#slots
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof BeaconError || error instanceof DecodeError)) throw error
        failures.push(error.shortMessage)
      }
    }
    throw new ChainError(
      'temporary',
      'BEACON_UNREACHABLE',
      `no beacon node tells its genesis time and slot duration: ${failures.join('; ')}`,
    )
  }

  #unavailable(block: L1BlockRef, id: string, hash: Hash, failures: readonly string[]): ChainError {
    const slot = this.#blobIds.type === 'slot' ? `slot ${id}, ` : ''
    return new ChainError(
      'temporary',
      'BLOBS_UNAVAILABLE',
      `blob ${hash} of ${slot}L1 block ${block.number} cannot be had: ${failures.join('; ')}`,
      {
        context: { id, block: block.number, hash },
        metaMessages: this.#retentionAdvice(block),
      },
    )
  }

  /** What to try for a block that is older than beacon nodes must remember. */
  #retentionAdvice(block: L1BlockRef): readonly string[] {
    const retention = retentionSlots * (this.#slots?.slotDuration ?? 12n)
    const age = nowSeconds(this.#deps.clock) - block.timestamp
    if (this.#hasArchiver || age < retention) return []
    const [ageDays, retentionDays] = [age / 86_400n, retention / 86_400n]
    return [
      `The block is ${ageDays} days old, and most beacon nodes keep blobs for ${retentionDays} days: add ${this.#archiverFlag}.`,
    ]
  }
}

/** Seconds. */
interface Slots {
  readonly genesisTime: bigint
  readonly slotDuration: bigint
}

async function committedHash(kzg: Kzg, blob: Uint8Array): Promise<Hash> {
  try {
    return versionedHash(await kzg.commit(blob))
  } catch (cause) {
    if (cause instanceof TaktError) throw cause
    throw new DecodeError('BLOB_ELEMENT', 'a blob holds what is no field element', { cause })
  }
}
