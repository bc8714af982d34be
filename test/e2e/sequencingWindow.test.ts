import { expect, onTestFinished, test } from 'vitest'
import { developmentMnemonic } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { startTakt } from './takt.ts'

// L1 blocks, of a second each. What is posted takes one or two of them to get in, on a slow machine some more.
const seqWindowSize = 20

// That nothing is posted in vain meanwhile is a question of time, and told where time is virtual.
test.each([
  { name: 'singular batches', batchType: '0' },
  { name: 'span batches', batchType: '1' },
])(
  'a batcher of $name that is killed and away for longer than the sequencing window lets safe catch up',
  async ({ batchType }) => {
    await using devnet = await createDevnet({
      ...{ batcher: false, verifier: true, blockTime: 1, l1BlockTime: 1, seqWindowSize },
    })
    const first = startBatcher(devnet, batchType)
    await expect.poll(() => safe(devnet)).toBeGreaterThan(4)
    first.kill('SIGKILL')
    await first.ended
    const { hash, blockNumber } = await sendTransaction(devnet)

    // By then its epoch is over, and the chain is what L1 forces it to be.
    await devnet.mineL1(seqWindowSize + 4)
    await expect.poll(() => safe(devnet)).toBeGreaterThanOrEqual(blockNumber)
    const block = () => devnet.l2.publicClient.getBlock({ blockNumber: BigInt(blockNumber) })
    await expect.poll(async () => (await block()).transactions).not.toContain(hash)

    startBatcher(devnet, batchType)
    const later = await sendTransaction(devnet)
    await expect.poll(() => safe(devnet)).toBeGreaterThan(later.blockNumber + 2)
    await expect.poll(() => hasSafeBlockOfVerifier(devnet)).toBe(true)
  },
)

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

async function sendTransaction({ l2: { walletClient, publicClient } }: Devnet) {
  const { address } = walletClient.account
  const hash = await walletClient.sendTransaction({ to: address, value: 1n })
  const { blockNumber } = await publicClient.waitForTransactionReceipt({ hash })
  return { hash, blockNumber: Number(blockNumber) }
}

/** The newest block that both nodes know to be safe. */
async function safe(devnet: Devnet): Promise<number> {
  const { l2, verifier } = await devnet.status()
  return Math.min(l2!.safe.number, verifier!.safe.number)
}

/** Whether the sequencer has what its verifier knows to be safe; it may come to it later. */
async function hasSafeBlockOfVerifier(devnet: Devnet): Promise<boolean> {
  const { number, hash } = (await devnet.status()).verifier!.safe
  const sameNumber = { blockNumber: BigInt(number) }
  const block = await devnet.l2.publicClient.getBlock(sameNumber).catch(() => undefined)
  return block?.hash === hash
}
