import { expect, test } from 'vitest'
import { ChainError } from '../base/errors.ts'
import type { BlobProver } from './interface.ts'
import { BlobSidecars, blobBytes } from './sidecar.ts'

test('a prover that was lost is replaced, and what another one proves is kept', async () => {
  const lost = async () => {
    throw new ChainError('temporary', 'KZG_GONE', 'the thread that proves blobs has ended')
  }
  const dead: BlobProver = { commit: lost, prove: lost, proveCells: lost }
  const bytes = new Uint8Array(48)
  const alive: BlobProver = {
    commit: async () => bytes,
    prove: async () => bytes,
    proveCells: async () => [bytes, bytes],
  }
  const provers = [dead, dead, alive]
  const sidecars = new BlobSidecars([new Uint8Array(blobBytes)], {
    loadProver: async () => (provers.length > 1 ? provers.shift()! : provers[0]!),
  })
  await expect(sidecars.sidecar(1)).rejects.toMatchObject({ code: 'KZG_GONE' })
  expect(await sidecars.sidecar(1)).toMatchObject({ version: 1, proofs: [bytes, bytes] })
  expect(sidecars.sidecar(1)).toBe(sidecars.sidecar(1))
})
