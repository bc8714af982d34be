import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { hexToBytes } from '../../src/base/hex.ts'
import { decodeBatcherData } from '../../src/cli/batch/decodeBatcherData.ts'
import { developmentMnemonic } from '../../src/devnet/accounts.ts'
import type { DevnetStatus } from '../../src/devnet/control.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { startTakt } from './takt.ts'

// L1 blocks, of a second each.
const seqWindowSize = 8

describe.each([
  { name: 'singular batches', batchType: '0' },
  { name: 'span batches', batchType: '1' },
])('a batcher of $name', ({ batchType }) => {
  test('that is killed and away for longer than the sequencing window lets safe catch up, and posts nothing that is too late', async () => {
    await using devnet = await createDevnet({
      batcher: false,
      verifier: true,
      blockTime: 1,
      l1BlockTime: 1,
      seqWindowSize,
    })
    const first = startBatcher(devnet, batchType)
    await until(devnet, ({ l2 }) => l2!.safe.number >= 5)
    first.kill('SIGKILL')
    await first.ended
    const away = await devnet.status()
    const lost = await devnet.l2.walletClient.sendTransaction({ to: recipient, value: 1n })
    const { blockNumber } = await devnet.l2.publicClient.waitForTransactionReceipt({ hash: lost })
    // By then its epoch is over, and the chain is what L1 forces it to be.
    await until(devnet, ({ l1, l2 }) => {
      return l1.number > away.l1.number + 2 * seqWindowSize && l2!.safe.number > blockNumber
    })
    const back = await devnet.status()

    startBatcher(devnet, batchType)
    await until(devnet, ({ l1, l2, verifier }) => {
      const newest = Math.min(l2!.safe.number, verifier!.safe.number)
      return (
        newest > back.l2!.unsafe.number + 5 &&
        newest > l2!.unsafe.number - seqWindowSize &&
        l1.number > back.l1.number + seqWindowSize
      )
    })
    const { verifier } = await devnet.status()
    const block = await devnet.l2.publicClient.getBlock({
      blockNumber: BigInt(verifier!.safe.number),
    })
    expect(block.hash).toBe(verifier!.safe.hash)
    const posted = await postedEpochs(devnet)
    expect(posted.length).toBeGreaterThan(5)
    expect(posted.filter(({ epoch, l1Block }) => epoch + seqWindowSize < l1Block)).toEqual([])
  }, 120_000)
})

const recipient = '0x00000000000000000000000000000000000a11ce'

function startBatcher({ descriptor: { l1, l2, node } }: Devnet, batchType: string) {
  const takt = startTakt([
    'batcher',
    ...['--l1-eth-rpc', l1.rpcUrl, '--l2-eth-rpc', l2.rpcUrl, '--rollup-rpc', node.rpcUrl],
    ...['--mnemonic', developmentMnemonic, '--hd-path', "m/44'/60'/1'/0/1", '--rpc.port=0'],
    ...['--batch-type', batchType, '--max-channel-duration=1', '--poll-interval=200ms'],
    ...['--num-confirmations=1', '--txmgr.receipt-query-interval=200ms'],
  ])
  onTestFinished(() => takt.kill('SIGKILL'))
  return takt
}

async function until(devnet: Devnet, holds: (status: DevnetStatus) => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      const status = await devnet.status()
      if (!holds(status)) throw new Error(`not yet: ${JSON.stringify(status)}`)
    },
    { timeout: 60_000, interval: 200 },
  )
}

/** Of every block that was posted: its epoch, and the L1 block that holds it. */
async function postedEpochs({ l1, rollupConfig }: Devnet) {
  const { genesis, blockTime, l2ChainId, batchInboxAddress } = rollupConfig
  const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
  const posted: { epoch: number; l1Block: number }[] = []
  const head = await l1.publicClient.getBlockNumber()
  for (let blockNumber = 0n; blockNumber <= head; blockNumber++) {
    const block = await l1.publicClient.getBlock({ blockNumber, includeTransactions: true })
    for (const { to, input } of block.transactions) {
      if (to !== batchInboxAddress) continue
      const { channels } = await decodeBatcherData([hexToBytes(input)], chain)
      const blocks = channels.flatMap(({ batches }) => batches.flatMap(({ blocks }) => blocks))
      expect(blocks.length).toBeGreaterThan(0)
      posted.push(
        ...blocks.map(({ epochNumber }) => ({ epoch: epochNumber, l1Block: Number(blockNumber) })),
      )
    }
  }
  return posted
}
