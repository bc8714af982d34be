import { parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { describe, expect, test } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import type { ProposalKind } from '../../src/devnet/options.ts'

describe.each<ProposalKind>(['dispute-games', 'output-oracle'])('with %s', (proposals) => {
  test('ether goes from L1 to L2 and back', async () => {
    await using devnet = await createDevnet({ blockTime: 1, l1BlockTime: 1, proposals })
    const { l1, l2 } = devnet
    const account = l2.walletClient.account
    const to = '0x00000000000000000000000000000000000a11ce'

    const deposit = await l1.walletClient.depositTransaction({
      ...(await l2.publicClient.buildDepositTransaction({ mint: parseEther('2'), to })),
      account,
    })
    const [minted] = getL2TransactionHashes(
      await l1.publicClient.waitForTransactionReceipt({ hash: deposit }),
    )
    await l2.publicClient.waitForTransactionReceipt({ hash: minted! })

    const initiated = await l2.walletClient.initiateWithdrawal({
      request: { to, value: parseEther('1'), gas: 21_000n },
    })
    const receipt = await l2.publicClient.waitForTransactionReceipt({ hash: initiated })
    const status = () => l1.publicClient.getWithdrawalStatus({ receipt, targetChain: l2.chain })
    // viem's waiting fails on an oracle that has no output yet, as that of a chain this young.
    await expect.poll(status).toBe('ready-to-prove')

    const { withdrawal, game, output } = await l1.publicClient.waitToProve({
      receipt,
      targetChain: l2.chain,
    })
    const proven = proposals === 'dispute-games' ? { game } : { output }
    const proof = await l2.publicClient.buildProveWithdrawal({ withdrawal, ...proven })
    await mined(l1, await l1.walletClient.proveWithdrawal(proof))
    const { withdrawalHash } = withdrawal
    await l1.publicClient.waitToFinalize({ withdrawalHash, targetChain: l2.chain })
    await expect.poll(status).toBe('ready-to-finalize')
    const before = await l1.publicClient.getBalance({ address: to })
    const finalized = await l1.walletClient.finalizeWithdrawal({
      withdrawal,
      targetChain: l2.chain,
    })
    await mined(l1, finalized)
    expect(await status()).toBe('finalized')
    expect((await l1.publicClient.getBalance({ address: to })) - before).toBe(parseEther('1'))
  })
})

async function mined({ publicClient }: Devnet['l1'], hash: Hash): Promise<void> {
  expect(await publicClient.waitForTransactionReceipt({ hash })).toMatchObject({
    status: 'success',
  })
}
