import { assertNever } from '../base/assertNever.ts'
import type { Logger } from '../runtime/logger.ts'
import type { EncoderOutcome } from './encoder/batchEncoder.ts'

/** Says what became of blocks on their way into channels. */
export function logPacking(outcome: Exclude<EncoderOutcome, { type: 'idle' }>, logger: Logger) {
  switch (outcome.type) {
    case 'closed': {
      const { id, blocks, rawBytes, frameBytes, frameCount } = outcome.channel
      logger.info('Closed a channel', {
        channelId: id,
        reason: outcome.reason,
        blocks: [blocks[0]!.ref.number, blocks.at(-1)!.ref.number],
        rawBytes,
        frameBytes,
        frames: frameCount,
      })
      break
    }
    case 'dropped':
      logger.warn('Packing blocks of a channel anew', {
        channelId: outcome.channelId,
        reason: outcome.reason,
      })
      break
    case 'compress':
    case 'progressed':
      break
    default:
      assertNever(outcome)
  }
}
