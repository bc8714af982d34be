import type { DerivationEvent, DerivationObserver } from '../../derive/observer.ts'
import type { LogFields, Logger } from '../../runtime/logger.ts'

/** Writes what derivation passes over to the log: what was dropped as warnings, the rest for debugging. */
export function logDerivation(logger: Logger): DerivationObserver {
  return (event, { hash, number }) => {
    const { type, ...fields } = event
    const all: LogFields = { ...fields, l1Block: { hash, number } }
    if (isLoss(event)) logger.warn(sentences[type], all)
    else logger.debug(sentences[type], all)
  }
}

/** Something on L1 did not come to be a block; anybody may post such things, but a sound batcher does not. */
function isLoss(event: DerivationEvent): boolean {
  switch (event.type) {
    case 'batchJudged':
      return event.verdict.type === 'drop'
    case 'channelOpened':
    case 'channelRead':
    case 'holoceneActivated':
      return false
    default:
      return true
  }
}

const sentences: Readonly<Record<DerivationEvent['type'], string>> = {
  configUpdateDropped: 'Dropped an update of the system config',
  blobDropped: 'Dropped a blob that is none of a batcher',
  framesDropped: 'Dropped batcher data without valid frames',
  frameDropped: 'Dropped a frame',
  channelOpened: 'Opened a channel',
  channelDropped: 'Dropped a channel',
  channelRead: 'Read a channel',
  channelCorrupt: 'Dropped the rest of a corrupt channel',
  channelFlushed: 'Dropped the rest of a channel with an invalid block',
  batchMalformed: 'Dropped a malformed batch',
  batchJudged: 'Judged a batch',
  emptyBatchMade: 'Made an empty batch: the sequencing window has passed',
  holoceneActivated: 'Reading L1 under the rules of Holocene',
}
