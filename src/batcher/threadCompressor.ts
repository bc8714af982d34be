import { compressInThread } from '../base/compression.ts'
import { markCompression } from '../protocol/batch/channelEncoding.ts'
import type { ChannelCompressor } from './interface.ts'

/** Compresses on a thread of Node's pool: brotli takes its time, about a second for a megabyte. */
export const threadCompressor: ChannelCompressor = {
  async compress(data, { algorithm, level }) {
    return markCompression(algorithm, await compressInThread(algorithm, data, level))
  },
}
