import { type Address, parseAbi } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { chainParameters } from '../../src/devnet/genesis/chainParameters.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../src/jsonrpc/client.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../../src/jsonrpc/server.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { runTakt, startTakt, type TaktProcess } from './takt.ts'

const { roles, users } = deriveDevnetAccounts(1)

let devnet: Devnet
let nodeRpc: JsonRpcClient
/** The devnet's node, but for its safe and finalized head: they are the unsafe one, as nobody posts batches. */
let node: JsonRpcServer

beforeAll(async () => {
  devnet = await createDevnet({ blockTime: 1, l1BlockTime: 2, batcher: false, proposer: false })
  nodeRpc = createJsonRpcClient(
    { urls: [devnet.node.rpcUrl] },
    { clock: systemClock, random: Math.random },
  )
  const status = async () => {
    const status = await nodeRpc.request('optimism_syncStatus', [])
    const { unsafe_l2, head_l1 } = status as Record<string, unknown>
    return {
      ...(status as object),
      safe_l2: unsafe_l2,
      finalized_l2: unsafe_l2,
      current_l1: head_l1,
    }
  }
  node = await createJsonRpcServer(
    {
      host: '127.0.0.1',
      port: 0,
      methods: {
        optimism_syncStatus: status,
        optimism_outputAtBlock: async (params) => {
          const output = await nodeRpc.request('optimism_outputAtBlock', params)
          return { ...(output as object), syncStatus: await status() }
        },
        admin_sequencerActive: async () => true,
      },
    },
    { logger: silentLogger },
  )
})

afterAll(async () => {
  await node?.close()
  await nodeRpc?.close()
  await devnet?.close()
})

describe('takt proposer', () => {
  test('creates dispute games with the roots that the node gives, and obeys admin_stopProposer', async () => {
    const { disputeGameFactory } = devnet.l1.contracts
    const takt = startProposer([
      ...['--game-factory-address', disputeGameFactory],
      ...['--game-type', String(chainParameters.gameType), '--proposal-interval', '3s'],
    ])
    try {
      const games = () => read(disputeGameFactory, 'gameCount')
      await expect.poll(games).toBeGreaterThan(1n)
      const game = await gameAt(disputeGameFactory, 1n)
      const output = await nodeRpc.request('optimism_outputAtBlock', [
        `0x${game.block.toString(16)}`,
      ])
      expect(game.root).toBe((output as { outputRoot: string }).outputRoot)
      expect(game.creator.toLowerCase()).toBe(roles.proposer.address)

      const rpcUrl = await takt.logged(/"rpcUrl":"([^"]+)"/)
      const admin = createJsonRpcClient(
        { urls: [rpcUrl] },
        { clock: systemClock, random: Math.random },
      )
      expect(await admin.request('admin_stopProposer', [])).toBeNull()
      await expect(admin.request('admin_stopProposer', [])).rejects.toThrow('is not running')
      // What it had sent may still get in.
      await expect.poll(sentAndNotMined).toBe(0)
      const count = await games()
      const blockNumber = () => devnet.l1.publicClient.getBlockNumber()
      await expect.poll(blockNumber).toBeGreaterThan((await blockNumber()) + 2n)
      expect(await games()).toBe(count)
      expect(await admin.request('admin_startProposer', [])).toBeNull()
      await expect.poll(games).toBeGreaterThan(count)
      await admin.close()
    } finally {
      takt.kill('SIGTERM')
    }
    expect(await takt.ended).toMatchObject({ exitCode: 0 })
  })

  test('proposes to the oracle at its blocks, with the first of two nodes that is active', async () => {
    const { l2OutputOracle } = devnet.l1.contracts
    const takt = startProposer(
      ['--l2oo-address', l2OutputOracle, '--allow-non-finalized', '--wait-node-sync'],
      `http://127.0.0.1:1,${node.url}`,
    )
    try {
      const wanted = 2n * chainParameters.outputInterval
      await expect
        .poll(() => read(l2OutputOracle, 'latestBlockNumber'))
        .toBeGreaterThanOrEqual(wanted)
      const { outputRoot } = await devnet.l1.publicClient.readContract({
        address: l2OutputOracle,
        abi,
        functionName: 'getL2OutputAfter',
        args: [wanted],
      })
      const output = await nodeRpc.request('optimism_outputAtBlock', [`0x${wanted.toString(16)}`])
      expect(outputRoot).toBe((output as { outputRoot: string }).outputRoot)
    } finally {
      takt.kill('SIGTERM')
    }
    expect(await takt.ended).toMatchObject({ exitCode: 0 })
  })

  test('does not start with a key that the oracle would refuse', async () => {
    const { l2OutputOracle } = devnet.l1.contracts
    const { exitCode, stderr } = await runTakt(args(['--l2oo-address', l2OutputOracle]), {
      OP_PROPOSER_PRIVATE_KEY: users[0]!.privateKey,
    })
    expect(exitCode).toBe(9)
    expect(stderr).toContain('WRONG_PROPOSER')
    expect(stderr).toContain(roles.proposer.address)
    expect(stderr).toContain(users[0]!.address)
  })

  test('does not start without funds', async () => {
    const { disputeGameFactory } = devnet.l1.contracts
    const { exitCode, stderr } = await runTakt(
      args(['--game-factory-address', disputeGameFactory, '--proposal-interval', '1h']),
      { OP_PROPOSER_PRIVATE_KEY: '77'.repeat(32) },
    )
    expect(exitCode).toBe(10)
    expect(stderr).toContain('PROPOSER_UNFUNDED')
    expect(stderr).toContain('0xae72a48c1a36bd18af168541c53037965d26e4a8')
  })

  test('does not start where there is no contract', async () => {
    const { exitCode, stderr } = await runTakt(
      args(['--game-factory-address', users[0]!.address, '--proposal-interval', '1h']),
      { OP_PROPOSER_PRIVATE_KEY: roles.proposer.privateKey },
    )
    expect(exitCode).toBe(2)
    expect(stderr).toContain('CONTRACT_MISSING')
  })
})

function startProposer(more: readonly string[], rollupUrls?: string): TaktProcess {
  return startTakt(args(more, rollupUrls), {
    TAKT_PROPOSER_PRIVATE_KEY: roles.proposer.privateKey,
    TAKT_LOG_FORMAT: 'json',
  })
}

function args(more: readonly string[], rollupUrls = node.url): readonly string[] {
  return [
    'proposer',
    ...['--l1-eth-rpc', devnet.l1.rpcUrl, '--rollup-rpc', rollupUrls],
    ...['--poll-interval', '500ms', '--rpc.port', '0', '--rpc.enable-admin'],
    ...['--num-confirmations', '1', '--txmgr.receipt-query-interval', '200ms'],
    ...more,
  ]
}

const abi = parseAbi([
  'function gameCount() view returns (uint256)',
  'function gameAtIndex(uint256) view returns (uint32, uint64, address)',
  'function latestBlockNumber() view returns (uint256)',
  'struct OutputProposal { bytes32 outputRoot; uint128 timestamp; uint128 l2BlockNumber; }',
  'function getL2OutputAfter(uint256) view returns (OutputProposal)',
])

const gameAbi = parseAbi([
  'function rootClaim() view returns (bytes32)',
  'function l2BlockNumber() view returns (uint256)',
  'function gameCreator() view returns (address)',
])

async function read(
  address: Address,
  functionName: 'gameCount' | 'latestBlockNumber',
): Promise<bigint> {
  return devnet.l1.publicClient.readContract({ address, abi, functionName })
}

/** Transactions of the proposer that are in no block. */
async function sentAndNotMined(): Promise<number> {
  const { address } = roles.proposer
  const count = (blockTag: 'latest' | 'pending') =>
    devnet.l1.publicClient.getTransactionCount({ address, blockTag })
  return (await count('pending')) - (await count('latest'))
}

async function gameAt(factory: Address, index: bigint) {
  const { publicClient } = devnet.l1
  const [, , address] = await publicClient.readContract({
    address: factory,
    abi,
    functionName: 'gameAtIndex',
    args: [index],
  })
  const contract = { address, abi: gameAbi }
  return {
    root: await publicClient.readContract({ ...contract, functionName: 'rootClaim' }),
    block: await publicClient.readContract({ ...contract, functionName: 'l2BlockNumber' }),
    creator: await publicClient.readContract({ ...contract, functionName: 'gameCreator' }),
  }
}
