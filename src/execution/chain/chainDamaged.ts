import { ChainError } from '../../base/errors.ts'

/** Something that was written is not there any more: critical, `CHAIN_DAMAGED`. */
export function chainDamaged(problem: string): ChainError {
  return new ChainError(
    'critical',
    'CHAIN_DAMAGED',
    `the engine's database is damaged: ${problem}`,
    {
      metaMessages: ['Remove the data folder: the chain is derived again from L1.'],
    },
  )
}
