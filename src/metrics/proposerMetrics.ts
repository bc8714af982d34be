import type { Output } from '../proposer/interface.ts'
import { createRefMetrics } from './refMetrics.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/** What a proposer is measured by. */
export interface ProposerMetrics {
  readonly onProposed: (output: Output) => void
  readonly onFailed: () => void
}

/**
 * Turns what a proposer does into metrics, under op-proposer's names.
 *
 * @see https://github.com/ethereum-optimism/optimism/blob/develop/op-proposer/metrics/metrics.go
 */
export function createProposerMetrics({ named, own, clock }: ServiceMetrics): ProposerMetrics {
  const refs = createRefMetrics(named, clock)
  const proposed = named.gauge('proposed_sequence_number', 'L2 block of the last proposal')
  const failures = own.counter('proposal_failures_total', 'Proposals that did not come to be')
  return {
    onProposed({ block }) {
      proposed.set(Number(block.number))
      refs.note('l2', 'proposed', block)
    },
    onFailed: () => failures.inc(),
  }
}
