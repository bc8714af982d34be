import type { DecodedBatcherData, DecodedChannel } from './decodeBatcherData.ts'

/** Decoded batcher data as text for people: frames, then each channel with its batches. */
export function batchTable({ unreadable, frames, channels }: DecodedBatcherData): string {
  const unreadableLines = unreadable.map(
    ({ index, error }) => `input    ${index}  unreadable: ${error}`,
  )
  const frameLines = frames.map(({ channelId, number, dataBytes, isLast, rejected }) =>
    [
      `frame    ${channelId}  #${number}  ${dataBytes} B`,
      ...(isLast ? ['last'] : []),
      ...(rejected === undefined ? [] : [`rejected: ${rejected}`]),
    ].join('  '),
  )
  return [...unreadableLines, ...frameLines, ...channels.flatMap(channelLines), ''].join('\n')
}

function channelLines(channel: DecodedChannel): string[] {
  const { channelId, isComplete, compression, compressedBytes, decompressedBytes } = channel
  const facts = isComplete
    ? `${compression ?? 'unreadable'}  ${compressedBytes ?? 0} B -> ${decompressedBytes ?? 0} B`
    : 'incomplete'
  const lines = [`channel  ${channelId ?? '(no frames)'}  ${facts}`]
  for (const { type, blocks, error, ...hashes } of channel.batches) {
    const [first] = blocks
    const last = blocks.at(-1)
    const transactions = blocks.reduce((sum, block) => sum + block.transactions.length, 0)
    const parent = `parent ${hashes.parentHash ?? hashes.parentCheck}`
    const span =
      first && last
        ? `time ${first.timestamp}-${last.timestamp}  epoch ${first.epochNumber}-${last.epochNumber}`
        : `malformed: ${error}`
    lines.push(
      `  ${type.padEnd(8)}  ${blocks.length} blocks  ${transactions} txs  ${span}  ${parent}`,
    )
  }
  if (channel.error !== undefined) lines.push(`  unreadable from here: ${channel.error}`)
  return lines
}
