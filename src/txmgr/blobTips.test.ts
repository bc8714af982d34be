import { expect, test } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { BlobTips } from './blobTips.ts'

/** Block `n` has a blob that tips `n`; those that end in 5 have none. Remembers what was asked for. */
function chain() {
  const asked: bigint[] = []
  const backend = {
    failsAt: -1n,
    async blobTips(number: bigint) {
      asked.push(number)
      if (number === this.failsAt) throw new ChainError('temporary', 'L1_UNREACHABLE', 'no answer')
      return number % 10n === 5n ? [] : [number]
    },
  }
  return { backend, asked }
}

test.each([
  [1, 91n],
  [60, 96n],
  [100, 100n],
])('the tip at percentile %i of the newest blocks', async (blobTipCapPercentile, tip) => {
  const { backend } = chain()
  const tips = new BlobTips({ blobTipCapPercentile, blobTipCapRange: 10 }, { backend })
  expect(await tips.suggest(100n)).toBe(tip)
})

test('blocks are read once', async () => {
  const { backend, asked } = chain()
  const tips = new BlobTips({ blobTipCapPercentile: 60, blobTipCapRange: 4 }, { backend })
  await tips.suggest(10n)
  await tips.suggest(11n)
  await tips.suggest(11n)
  expect(asked).toEqual([7n, 8n, 9n, 10n, 11n])
})

test('what was read before a failure need not be read again', async () => {
  const { backend, asked } = chain()
  const tips = new BlobTips({ blobTipCapPercentile: 60, blobTipCapRange: 4 }, { backend })
  backend.failsAt = 9n
  await expect(tips.suggest(10n)).rejects.toThrow('no answer')
  backend.failsAt = -1n
  await tips.suggest(10n)
  expect(asked).toEqual([7n, 8n, 9n, 9n, 10n])
})

test('a young chain, and one without blobs', async () => {
  const { backend, asked } = chain()
  const tips = new BlobTips({ blobTipCapPercentile: 60, blobTipCapRange: 20 }, { backend })
  expect(await tips.suggest(1n)).toBe(0n)
  expect(asked).toEqual([0n, 1n])
  const narrow = new BlobTips({ blobTipCapPercentile: 60, blobTipCapRange: 1 }, { backend })
  expect(await narrow.suggest(5n)).toBeUndefined()
})
