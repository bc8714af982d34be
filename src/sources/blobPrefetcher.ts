import { TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { BlobProvider } from '../derive/providers.ts'
import { orAbort } from '../runtime/orAbort.ts'

/** 12 MiB, where a blob has 128 KiB. */
export const defaultMaxWaitingBlobs = 96

interface Waiting {
  readonly hashes: readonly Hash[]
  readonly fetched: Promise<readonly Uint8Array[]>
}

/**
 * Blobs for a reader that works off one L1 block after the other: those of the next blocks are on their way meanwhile.
 *
 * Holds a bounded number of blobs; what does not fit is fetched when it is read.
 */
export class BlobPrefetcher implements BlobProvider {
  readonly #maxWaiting: number
  readonly #blobs: BlobProvider
  /** By block; oldest first. */
  #waiting = new Map<Hash, Waiting>()
  #aborted = new AbortController()

  constructor(options: { readonly maxWaiting: number }, deps: { readonly blobs: BlobProvider }) {
    this.#maxWaiting = options.maxWaiting
    this.#blobs = deps.blobs
  }

  /** Begins to fetch blobs that will be read, unless too many wait already. */
  fetchAhead(block: L1BlockRef, hashes: readonly Hash[]): void {
    if (hashes.length === 0 || this.#waiting.has(block.hash)) return
    if (this.#waitingBlobs + hashes.length > this.#maxWaiting) return
    const fetched = this.#blobs.blobsOfBlock(block, hashes, this.#aborted.signal)
    // Whoever reads them fetches them anew, and sees the error then.
    fetched.catch(() => this.#waiting.delete(block.hash))
    this.#waiting.set(block.hash, { hashes, fetched })
  }

  async blobsOfBlock(
    block: L1BlockRef,
    versionedHashes: readonly Hash[],
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const waiting = this.#waiting.get(block.hash)
    const found = waiting && (await orAbort(pick(waiting, versionedHashes), signal))
    if (found === undefined) return this.#blobs.blobsOfBlock(block, versionedHashes, signal)
    this.#waiting.delete(block.hash)
    return found
  }

  /** Forgets what was fetched ahead, and breaks off what is in flight. */
  restart(): void {
    this.#aborted.abort(new TaktError('NOT_WANTED', 'what was fetched ahead is no longer wanted'))
    this.#aborted = new AbortController()
    this.#waiting = new Map()
  }

  get #waitingBlobs(): number {
    let count = 0
    for (const { hashes } of this.#waiting.values()) count += hashes.length
    return count
  }
}

/** The wanted ones of the blobs that were fetched; `undefined` unless all are there. */
async function pick(
  { hashes, fetched }: Waiting,
  wanted: readonly Hash[],
): Promise<readonly Uint8Array[] | undefined> {
  try {
    const blobs = await fetched
    const byHash = new Map(hashes.map((hash, index) => [hash, blobs[index]!]))
    const found = wanted.flatMap((hash) => byHash.get(hash) ?? [])
    return found.length === wanted.length ? found : undefined
  } catch {
    return undefined
  }
}
