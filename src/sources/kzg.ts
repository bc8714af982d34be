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
}

/**
 * Loads the native library with its trusted set-up. Takes over a second of the calling thread: not for one that
 * keeps time.
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
    }
  }
}

async function importLibrary(): Promise<KzgLibrary> {
  try {
    // Its typings name the class in another case than the module does.
    const module: { readonly default: unknown } = await import('@crate-crypto/node-eth-kzg')
    return module.default as KzgLibrary
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`
    throw new ConfigError(
      exitCodes.missingPrerequisite,
      'KZG_MISSING',
      `blobs cannot be checked: the KZG library does not load on ${platform}`,
      {
        cause,
        metaMessages: ['Reinstall the dependencies, or use a platform that it is built for.'],
      },
    )
  }
}
