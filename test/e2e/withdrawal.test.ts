import { createWalletClient, encodeAbiParameters, http, parseAbi, parseEther } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { describe, expect, test } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
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
    expect(await status()).toBe('waiting-to-prove')
    await propose(devnet, receipt.blockNumber)

    const { withdrawal, game, output } = await l1.publicClient.waitToProve({
      receipt,
      targetChain: l2.chain,
    })
    expect(await status()).toBe('ready-to-prove')
    const proven = proposals === 'dispute-games' ? { game } : { output }
    const proof = await l2.publicClient.buildProveWithdrawal({ withdrawal, ...proven })
    await mined(l1, await l1.walletClient.proveWithdrawal({ ...proof, account }))
    expect(await status()).toBe('waiting-to-finalize')

    const { withdrawalHash } = withdrawal
    await l1.publicClient.waitToFinalize({ withdrawalHash, targetChain: l2.chain })
    await expect.poll(status, { timeout: 15_000 }).toBe('ready-to-finalize')
    const before = await l1.publicClient.getBalance({ address: to })
    const finalized = await l1.walletClient.finalizeWithdrawal({
      withdrawal,
      targetChain: l2.chain,
      account,
    })
    await mined(l1, finalized)
    expect(await status()).toBe('finalized')
    expect((await l1.publicClient.getBalance({ address: to })) - before).toBe(parseEther('1'))
  }, 60_000)
})

async function mined({ publicClient }: Devnet['l1'], hash: Hash): Promise<void> {
  expect(await publicClient.waitForTransactionReceipt({ hash })).toMatchObject({
    status: 'success',
  })
}

/** What the proposer does. */
async function propose({ l1, l2, node }: Devnet, block: bigint): Promise<void> {
  const { proposer } = deriveDevnetAccounts(1).roles
  const wallet = createWalletClient({
    chain: l1.chain,
    transport: http(),
    account: proposer.signer,
  })
  const output = async (number: bigint) => {
    const response = await fetch(node.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'optimism_outputAtBlock',
        params: [`0x${number.toString(16)}`],
      }),
    })
    return ((await response.json()) as { result: { outputRoot: Hash } }).result.outputRoot
  }
  const usesGames = (await l1.publicClient.getPortalVersion({ targetChain: l2.chain })).major >= 3
  if (usesGames) {
    const hash = await wallet.writeContract({
      address: l1.contracts.disputeGameFactory,
      abi: parseAbi(['function create(uint32,bytes32,bytes) payable returns (address)']),
      functionName: 'create',
      args: [0, await output(block), encodeAbiParameters([{ type: 'uint256' }], [block])],
    })
    return mined(l1, hash)
  }
  const oracle = {
    address: l1.contracts.l2OutputOracle,
    abi: parseAbi([
      'function nextBlockNumber() view returns (uint256)',
      'function proposeL2Output(bytes32, uint256, bytes32, uint256) payable',
    ]),
  } as const
  for (;;) {
    const number = await l1.publicClient.readContract({
      ...oracle,
      functionName: 'nextBlockNumber',
    })
    await expect
      .poll(() => l2.publicClient.getBlockNumber(), { timeout: 15_000 })
      .toBeGreaterThan(number)
    const none: Hash = `0x${'0'.repeat(64)}`
    const args = [await output(number), number, none, 0n] as const
    await mined(
      l1,
      await wallet.writeContract({ ...oracle, functionName: 'proposeL2Output', args }),
    )
    if (number >= block) return
  }
}
