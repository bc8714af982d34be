import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/** The polynomial commitments of EIP-4844, computed off the calling thread. */
export interface Kzg {
  /** The commitment of a blob, 48 bytes. @throws when the blob is not 4,096 field elements. */
  commit(blob: Uint8Array): Promise<Uint8Array>
  /** Whether each blob belongs to its commitment, shown by its proof. A fraction of the work of `commit`. */
  verify(
    blobs: readonly Uint8Array[],
    commitments: readonly Uint8Array[],
    proofs: readonly Uint8Array[],
  ): Promise<boolean>
  /** The proof of EIP-4844 for a whole blob, 48 bytes. @throws when blob or commitment are none. */
  prove(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>
  /** The proofs of EIP-7594 for the 128 cells of a blob, 48 bytes each. @throws when the blob is none. */
  proveCells(blob: Uint8Array): Promise<readonly Uint8Array[]>
}

/**
 * Loads the native library with its trusted set-up. Takes over a second of the calling thread: one that keeps time
 * calls `startKzgThread` instead.
 *
 * @throws {ConfigError} `KZG_MISSING` on a platform that the library has no build for.
 */
export async function loadKzg(): Promise<Kzg> {
  const { DasContextJs } = await importLibrary()
  const library = DasContextJs.create({ usePrecomp: false })
  return {
    commit: (blob) => library.asyncBlobToKzgCommitment(blob),
    async verify(blobs, commitments, proofs) {
      try {
        return await library.asyncVerifyBlobKzgProofBatch([...blobs], [...commitments], [...proofs])
      } catch {
        // The library throws where bytes are no field element or no point on the curve.
        return false
      }
    },
    prove: (blob, commitment) => library.asyncComputeBlobKzgProof(blob, commitment),
    proveCells: async (blob) => (await library.asyncComputeCellsAndKzgProofs(blob)).proofs,
  }
}

interface KzgLibrary {
  readonly DasContextJs: {
    create(options: { usePrecomp: boolean }): {
      asyncBlobToKzgCommitment(blob: Uint8Array): Promise<Uint8Array>
      asyncVerifyBlobKzgProofBatch(
        blobs: Uint8Array[],
        commitments: Uint8Array[],
        proofs: Uint8Array[],
      ): Promise<boolean>
      asyncComputeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>
      asyncComputeCellsAndKzgProofs(blob: Uint8Array): Promise<{ proofs: Uint8Array[] }>
    }
  }
}

async function importLibrary(): Promise<KzgLibrary> {
  try {
    // Its typings name the class in another case than the module does.
    const module: { readonly default: unknown } = await import('@crate-crypto/node-eth-kzg')
    return module.default as KzgLibrary
  } catch (cause) {
    throw kzgMissing(cause)
  }
}

/** The error of a platform that the library has no build for. */
export function kzgMissing(cause: unknown): ConfigError {
  const platform = `${process.platform}-${process.arch}`
  return new ConfigError(
    exitCodes.missingPrerequisite,
    'KZG_MISSING',
    `blobs cannot be checked or sent: the KZG library does not load on ${platform}`,
    {
      cause,
      metaMessages: ['Reinstall the dependencies, or use a platform that it is built for.'],
    },
  )
}
