import { TaktError } from '../../base/errors.ts'

/** The sequencer does not keep up with time. Both in seconds. */
export function chainStalled(headTimestamp: number, wanted: number): TaktError {
  return new TaktError(
    'CHAIN_STALLED',
    `the sequencer does not make blocks: its head is of ${headTimestamp}, it should be of ${wanted}`,
    {
      context: { head: headTimestamp, wanted },
      metaMessages: ['Look whether its engine and its L1 are there, or pause the sequencer.'],
    },
  )
}
