import type { Hash } from '../base/hex.ts'
import { versionedHash } from '../protocol/versionedHash.ts'
import type { BlobProver } from './interface.ts'
import { TxError } from './txError.ts'

/** 0: one proof per blob (EIP-4844). 1: one proof per cell, 128 per blob (EIP-7594). */
export type SidecarVersion = 0 | 1

/** What travels beside a transaction with blobs and is in no block. */
export interface Sidecar {
  readonly version: SidecarVersion
  readonly blobs: readonly Uint8Array[]
  readonly commitments: readonly Uint8Array[]
  readonly proofs: readonly Uint8Array[]
}

/** Size of a blob. */
export const blobBytes = 131_072

/**
 * The sidecars of one transaction's blobs: what was computed once is kept, as fees rise and the same blobs are sent
 * again, perhaps after L1 has begun to ask for the other version.
 */
export class BlobSidecars {
  readonly #blobs: readonly Uint8Array[]
  readonly #loadProver: () => Promise<BlobProver>
  #commitments: Promise<readonly Uint8Array[]> | undefined
  readonly #sidecars = new Map<SidecarVersion, Promise<Sidecar>>()

  /** @throws {TxError} `TX_BLOBS` when a blob has another size. */
  constructor(
    blobs: readonly Uint8Array[],
    deps: { readonly loadProver: () => Promise<BlobProver> },
  ) {
    for (const [index, { length }] of blobs.entries()) {
      if (length !== blobBytes) {
        throw new TxError('TX_BLOBS', `blob ${index} must have ${blobBytes} bytes, got ${length}`)
      }
    }
    this.#blobs = blobs
    this.#loadProver = deps.loadProver
  }

  /** @throws what the prover throws. */
  async versionedHashes(): Promise<readonly Hash[]> {
    return (await this.#commit()).map(versionedHash)
  }

  /** @throws what the prover throws. */
  sidecar(version: SidecarVersion): Promise<Sidecar> {
    const known = this.#sidecars.get(version)
    if (known !== undefined) return known
    const proven = this.#prove(version)
    this.#sidecars.set(version, proven)
    // A prover that was lost comes back.
    proven.catch(() => this.#sidecars.delete(version))
    return proven
  }

  async #prove(version: SidecarVersion): Promise<Sidecar> {
    const [prover, commitments] = await Promise.all([this.#loadProver(), this.#commit()])
    const proofs = await Promise.all(
      this.#blobs.map(async (blob, index) =>
        version === 0 ? [await prover.prove(blob, commitments[index]!)] : prover.proveCells(blob),
      ),
    )
    return { version, blobs: this.#blobs, commitments, proofs: proofs.flat() }
  }

  #commit(): Promise<readonly Uint8Array[]> {
    if (this.#commitments !== undefined) return this.#commitments
    const committed = this.#loadProver().then((prover) =>
      Promise.all(this.#blobs.map((blob) => prover.commit(blob))),
    )
    this.#commitments = committed
    committed.catch(() => {
      this.#commitments = undefined
    })
    return committed
  }
}
