import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/** The polynomial commitments of EIP-4844. */
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
 * Loads the native library with its trusted set-up, which takes over a second. This and every call keep the calling
 * thread busy: `startKzgThread` gives one that nobody else needs.
 *
 * @throws {ConfigError} `KZG_MISSING` on a platform that the library has no build for.
 */
export async function loadKzg(): Promise<Kzg> {
  const { DasContextJs } = await importKzgLibrary()
  // Not its asynchronous methods: they let go of their arguments on another thread, and with several threads of Node in
  // the process do so in the wrong one, which corrupts the heap (https://github.com/napi-rs/napi-rs/issues/3357).
  const library = DasContextJs.create({ usePrecomp: false })
  return {
    commit: async (blob) => library.blobToKzgCommitment(blob),
    async verify(blobs, commitments, proofs) {
      try {
        return library.verifyBlobKzgProofBatch([...blobs], [...commitments], [...proofs])
      } catch {
        // The library throws where bytes are no field element or no point on the curve.
        return false
      }
    },
    prove: async (blob, commitment) => library.computeBlobKzgProof(blob, commitment),
    proveCells: async (blob) => library.computeCellsAndKzgProofs(blob).proofs,
  }
}

interface KzgLibrary {
  readonly DasContextJs: {
    create(options: { usePrecomp: boolean }): {
      blobToKzgCommitment(blob: Uint8Array): Uint8Array
      verifyBlobKzgProofBatch(
        blobs: Uint8Array[],
        commitments: Uint8Array[],
        proofs: Uint8Array[],
      ): boolean
      computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array
      computeCellsAndKzgProofs(blob: Uint8Array): { proofs: Uint8Array[] }
    }
  }
}

/**
 * Loads the library alone, which takes some milliseconds.
 *
 * Once the thread that loaded it first has ended, it frees no argument of any call any more. So whoever outlives the
 * threads that will use it calls this before they do.
 *
 * @throws {ConfigError} `KZG_MISSING`
 */
export async function importKzgLibrary(): Promise<KzgLibrary> {
  try {
    // Its typings name the class in another case than the module does.
    const module: { readonly default: unknown } = await import('@crate-crypto/node-eth-kzg')
    return module.default as KzgLibrary
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`
    throw new ConfigError(
      exitCodes.missingPrerequisite,
      'KZG_MISSING',
      `blobs cannot be checked or sent: the KZG library does not load on ${platform}`,
      {
        cause,
        metaMessages: ['Reinstall the dependencies, or use a platform that it is built for.'],
      },
    )
  }
}
