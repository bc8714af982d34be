import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { BlockId } from '../../chain/refs.ts'
import { payloadAttributesToJson } from '../../protocol/payloadJson.ts'
import type { UpgradeBundles } from '../../protocol/upgrade/upgradeTransactions.ts'
import { type ReplayedBlock, type ReplayedChannel, replayBlocks, replayChannels } from './replay.ts'
import type { DerivationVector } from './vectorFolder.ts'

/** How much of what a vector expects was derived. */
export interface VectorResult {
  readonly isMatch: boolean
  /** One sentence. */
  readonly summary: string
}

/**
 * Derives a vector offline and compares: attributes of its L2 blocks, and the batches of its channels.
 *
 * @param print - Gets one JSON object for each block, in the order of derivation.
 * @throws {ConfigError} `VECTOR_EXPECTS_NOTHING`; {@link ChainError} when derivation stops.
 */
export async function deriveVector(
  vector: DerivationVector,
  upgradeBundles: UpgradeBundles,
  print: (line: Readonly<Record<string, unknown>>) => void,
): Promise<VectorResult> {
  const wantedBlocks = Math.max(0, vector.l2Blocks.length - 1)
  const wantedChannels = vector.channels.length
  if (wantedBlocks + wantedChannels === 0) {
    throw new ConfigError(
      exitCodes.configFile,
      'VECTOR_EXPECTS_NOTHING',
      'the vector has neither L2 blocks nor channels to compare with',
      {
        metaMessages: [
          'Add l2_blocks.ndjson.gz, its first block the safe head, or channels.json.gz.',
        ],
      },
    )
  }
  let channels = 0
  for (const channel of await replayChannels(vector)) {
    for (const line of channelLines(channel)) print(line)
    if (isAsExpected(channel)) channels++
  }
  let blocks = 0
  for await (const block of replayBlocks(vector, upgradeBundles)) {
    print(blockLine(block))
    if (block.mismatches.length === 0) blocks++
  }
  return {
    isMatch: blocks === wantedBlocks && channels === wantedChannels,
    summary: `${blocks} of ${wantedBlocks} blocks and ${channels} of ${wantedChannels} channels match`,
  }
}

function isAsExpected({ channelId, batches, expected }: ReplayedChannel): boolean {
  return isDeepStrictEqual({ channelId, batches }, expected)
}

/** A line for each block of the channel's batches. Where nothing is expected there is no `matches`. */
function channelLines(channel: ReplayedChannel): Readonly<Record<string, unknown>>[] {
  const { channelId, origin, batches, expected } = channel
  const wanted = expected?.batches.flatMap(({ blocks }) => blocks)
  return batches
    .flatMap(({ blocks }) => blocks)
    .map((block, index) => ({
      type: 'batch',
      channelId,
      includedIn: idJson(origin),
      timestamp: block.timestamp,
      epochNumber: block.epochNumber,
      transactions: block.transactions.length,
      ...(wanted && { matches: isDeepStrictEqual(block, wanted[index]) }),
    }))
}

function blockLine({ number, hash, derived, mismatches }: ReplayedBlock) {
  const { attributes, parent, derivedFrom } = derived
  const matches = mismatches.length === 0
  return {
    type: 'block',
    number: Number(number),
    hash,
    parentHash: parent.hash,
    timestamp: Number(attributes.timestamp),
    derivedFrom: idJson(derivedFrom),
    transactions: attributes.transactions.length,
    matches,
    ...(!matches && { mismatches, attributes: payloadAttributesToJson(attributes) }),
  }
}

function idJson({ number, hash }: BlockId) {
  return { number: Number(number), hash }
}
