import { assertNever } from '../base/assertNever.ts'
import type { CountableDerivationEvent } from '../node/observer.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/** What derivation makes of L1 data. @returns what to tell of each event. */
export function createDerivationMetrics({
  named,
  own,
  clock,
}: ServiceMetrics): (event: CountableDerivationEvent) => void {
  const batches = named.event('derived_batches', 'batches that were taken', clock, ['type'])
  const channels = named.event('head_channel', 'channels that were opened', clock)
  const timeouts = named.event('channel_timeout', 'channels that timed out', clock)
  const inputBytes = named.counter(
    'channel_input_bytes',
    'Size of the channels that were read, with 200 bytes for each frame',
  )
  const dropped = own.counter('derivation_dropped_total', 'What derivation left out of L1 data', [
    'what',
    'reason',
  ])
  return (event) => {
    const { type, verdict, batchType = 'singular', reason = 'malformed', sizeBytes = 0 } = event
    const drop = (what: string) => dropped.inc({ what, reason })
    switch (type) {
      case 'batchJudged':
        if (verdict === 'accept') batches.record({ type: batchType })
        if (verdict === 'drop') drop('batch')
        break
      case 'channelOpened':
        channels.record()
        break
      case 'channelRead':
        inputBytes.inc(sizeBytes)
        break
      case 'channelDropped':
        if (reason === 'timedOut') timeouts.record()
        drop('channel')
        break
      case 'frameDropped':
        drop('frame')
        break
      case 'framesDropped':
        drop('frames')
        break
      case 'configUpdateDropped':
        drop('configUpdate')
        break
      case 'blobDropped':
        drop('blob')
        break
      case 'channelCorrupt':
        drop('channel')
        break
      case 'batchMalformed':
        drop('batch')
        break
      case 'channelFlushed':
      case 'emptyBatchMade':
      case 'holoceneActivated':
        break
      default:
        assertNever(type)
    }
  }
}
