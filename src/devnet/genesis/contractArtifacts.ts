import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Address, Hex } from '../../base/hex.ts'

/** What the devnet keeps of each contract. `scripts/buildContracts.ts` makes the file that holds it. */
export interface ContractArtifacts {
  /** Hash over sources, compiler and script: the file is made anew when it changes. */
  readonly inputHash: string
  readonly contracts: Readonly<Record<string, ContractArtifact>>
  /** Contracts of third parties that every OP Stack chain has from its genesis. */
  readonly preinstalls: Readonly<Record<string, Preinstall>>
}

export interface ContractArtifact {
  /** For contracts of L1, which are deployed. */
  readonly creationCode?: Hex
  /** For contracts of L2, which genesis holds. */
  readonly runtimeCode?: Hex
  /** Byte offsets in the runtime code where each immutable of 32 bytes belongs. */
  readonly immutables?: Readonly<Record<string, readonly number[]>>
  /** Where each variable of plain type lives. */
  readonly storage?: Readonly<Record<string, StorageLocation>>
}

export interface StorageLocation {
  readonly slot: number
  /** Bytes from the low end of the slot. */
  readonly offset: number
  readonly size: number
}

export interface Preinstall {
  readonly address: Address
  readonly runtimeCode: Hex
}

/** Lies beside `src` in a clone and beside `dist` in the package. */
export const contractArtifactsUrl = new URL('../../../artifacts/contracts.json', import.meta.url)

/**
 * Reads the contracts.
 *
 * @throws {ConfigError} `CONTRACTS_MISSING` when they were never built.
 */
export async function loadContractArtifacts(): Promise<ContractArtifacts> {
  let text: string
  try {
    text = await readFile(contractArtifactsUrl, 'utf8')
  } catch (cause) {
    throw new ConfigError(
      exitCodes.missingPrerequisite,
      'CONTRACTS_MISSING',
      `the devnet's contracts are not built: cannot read ${contractArtifactsUrl.pathname}`,
      { cause, metaMessages: ['Build them: npm run contracts'] },
    )
  }
  return JSON.parse(text) as ContractArtifacts
}
