import { describe, expect, test } from 'vitest'
import { compress } from '../../../src/base/compression.ts'
import { bytesToHex } from '../../../src/base/hex.ts'
import { BatchEncoder } from '../../../src/batcher/encoder/batchEncoder.ts'
import { toBatcherBlock } from '../../../src/batcher/encoder/batcherBlock.ts'
import { encodeSubmission, type Submission } from '../../../src/batcher/encoder/submission.ts'
import {
  type BatcherOptionsInput,
  batcherOptions,
  channelSettings,
} from '../../../src/batcher/options.ts'
import { forkTimesUpTo } from '../../../src/chain/forks.ts'
import { markCompression } from '../../../src/protocol/batch/channelEncoding.ts'
import { fakeBlobHash } from '../../../src/testing/batcher.ts'
import { DerivationWorld } from '../../../src/testing/derivationWorld.ts'

/** Everything that an encoder has to send of all blocks of the sequencer, in order. */
async function submissionsOf(
  world: DerivationWorld,
  input: BatcherOptionsInput,
): Promise<Submission[]> {
  const { config } = world
  const options = batcherOptions(input)
  let lastChannel = 0
  const encoder = new BatchEncoder(
    {
      config,
      channels: {
        calldata: channelSettings(options, 'calldata'),
        blobs: channelSettings(options, 'blobs'),
      },
      availability: options.dataAvailabilityType === 'calldata' ? 'calldata' : 'blobs',
      maxChannelDuration: 0n,
      subSafetyMargin: 5n,
      pace: { maxPendingTx: 1, numConfirmations: 1 },
    },
    { newChannelId: () => bytesToHex(new Uint8Array(16).fill(++lastChannel)) },
  )
  encoder.registerL1Head(world.l1.head.number)
  for (const { hash } of world.sequencer.canonical.slice(1)) {
    const envelope = await world.sequencer.payloadByHash(hash)
    expect(encoder.addBlock(toBatcherBlock(config, envelope!.executionPayload))).toBe(true)
  }
  encoder.flush()
  const submissions: Submission[] = []
  for (;;) {
    const outcome = encoder.step()
    if (outcome.type === 'idle') {
      const submission = encoder.nextSubmission()
      if (submission === undefined) return submissions
      submissions.push(submission)
    }
    if (outcome.type !== 'compress') continue
    const { id, data, compression } = outcome.job
    const { algorithm, level } = compression
    encoder.compressed(id, markCompression(algorithm, compress(algorithm, data, level)))
  }
}

/** Puts submissions into one L1 block. */
function include(world: DerivationWorld, submissions: readonly Submission[]): void {
  const { config, batcher, l1 } = world
  const posted = submissions.map(encodeSubmission)
  l1.mine({
    transactions: posted.map(({ data, blobs }) =>
      blobs.length === 0
        ? batcher.calldata(config, data)
        : batcher.blobs(config, blobs.map(fakeBlobHash), data),
    ),
    blobs: posted.flatMap(({ blobs }) => blobs),
  })
}

async function sequenceThreeEpochs(world: DerivationWorld): Promise<void> {
  for (let epoch = 0n; epoch < 3n; epoch++) {
    if (epoch > 0n) world.l1.mine()
    for (let block = 0; block < 6; block++) {
      const transactions = [0n, 1n, 2n].map((nonce) =>
        world.transaction(10n * world.sequencerHead.number + nonce),
      )
      await world.sequence(transactions, world.l1.at(epoch))
    }
  }
}

const forks = [
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
  'karst',
] as const

describe.each(forks)('what the batcher posts under %s is derived', (fork) => {
  const matrix = (['singular', 'span'] as const).flatMap((batchType) =>
    (['zlib', 'brotli'] as const).flatMap((compressionAlgo) =>
      (['calldata', 'blobs'] as const).map((dataAvailabilityType) => ({
        batchType,
        compressionAlgo,
        dataAvailabilityType,
      })),
    ),
  )

  test.each(matrix)('$batchType, $compressionAlgo, $dataAvailabilityType', async (options) => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo(fork) } })
    await sequenceThreeEpochs(world)
    const submissions = await submissionsOf(world, { ...options, targetNumFrames: 3 })
    // What the fork does not know yet is posted in an older way.
    const hasBlobs = options.dataAvailabilityType === 'blobs' && fork !== 'delta'
    expect(submissions[0]!.availability).toBe(hasBlobs ? 'blobs' : 'calldata')
    include(world, submissions)
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('in many small frames, several channels, and spans of two blocks', async () => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo(fork) } })
    await sequenceThreeEpochs(world)
    const submissions = await submissionsOf(world, {
      batchType: 'span',
      maxBlocksPerSpanBatch: 2,
      maxL1TxSizeBytes: 120,
      targetNumFrames: 4,
    })
    expect(new Set(submissions.map(({ channelId }) => channelId)).size).toBeGreaterThan(1)
    expect(submissions.length).toBeGreaterThan(4)
    include(world, submissions)
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})
