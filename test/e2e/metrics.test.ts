import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { chainParameters } from '../../src/devnet/genesis/chainParameters.ts'
import { type MetricsPage, parsePrometheusText } from '../../src/testing/prometheusText.ts'
import { startTakt, type TaktProcess } from './takt.ts'

const { roles } = deriveDevnetAccounts(1)
const measured = ['--metrics.enabled', '--metrics.port', '0']
const quick = ['--num-confirmations', '1', '--txmgr.receipt-query-interval', '200ms']
const free = ['--rpc.port', '0', '--poll-interval', '500ms']

let devnet: Devnet
const programs: TaktProcess[] = []

beforeAll(async () => {
  devnet = await createDevnet({ blockTime: 1, l1BlockTime: 2, batcher: false, proposer: false })
})

afterAll(async () => {
  for (const program of programs) program.kill('SIGTERM')
  await Promise.all(programs.map((program) => program.ended))
  await devnet?.close()
})

test('node, engine, batcher and proposer tell Prometheus how the chain moves', async () => {
  const { l1, l2, node } = devnet
  const folder = dirname(l2.jwtSecretPath)
  const genesis = join(folder, 'genesis.json')
  const rollup = join(folder, 'rollup.json')
  const engine = start(
    'engine',
    ['--genesis', genesis, '--rollup.config', rollup],
    [
      '--authrpc.jwtsecret',
      l2.jwtSecretPath,
      '--authrpc.port',
      '0',
      '--http.port',
      '0',
      ...measured,
    ],
  )
  const engineUrl = await engine.logged(/"engineUrl":"([^"]+)"/)
  const verifier = start(
    'node',
    ['--rollup.config', rollup, '--l1', l1.rpcUrl, '--l1.beacon', l1.beaconUrl],
    ['--l2', engineUrl, '--l2.jwt-secret', l2.jwtSecretPath, '--rpc.port', '0', ...measured],
  )
  const batcher = start(
    'batcher',
    ['--l1-eth-rpc', l1.rpcUrl, '--l2-eth-rpc', l2.rpcUrl, '--rollup-rpc', node.rpcUrl],
    ['--max-channel-duration', '1', '--data-availability-type', 'blobs', ...quick, ...free],
    measured,
  )
  const proposer = start(
    'proposer',
    ['--l1-eth-rpc', l1.rpcUrl, '--rollup-rpc', node.rpcUrl, '--allow-non-finalized'],
    ['--game-factory-address', l1.contracts.disputeGameFactory, '--proposal-interval', '2s'],
    ['--game-type', String(chainParameters.gameType), ...quick, ...free, ...measured],
  )

  const [ofNode, ofEngine, ofBatcher, ofProposer] = await Promise.all(
    [verifier, engine, batcher, proposer].map(metricsUrl),
  )
  const safe = { layer: 'l2', type: 'l2_safe' }
  const isSafe = async () => (await scrape(ofNode!)).value('op_node_default_refs_number', safe)
  await expect.poll(isSafe).toBeGreaterThan(3)
  const first = await isSafe()
  await expect.poll(isSafe).toBeGreaterThan(first)

  const nodePage = await scrape(ofNode!)
  expect(nodePage.value('op_node_default_up')).toBe(1)
  expect(nodePage.value('op_node_default_sequencer_active')).toBe(0)
  // Counted by the thread that derives.
  const batches = nodePage.value('op_node_default_derived_batches_total', { type: 'singular' })
  expect(batches).toBeGreaterThan(3)
  const calls = { rpc: 'l1', method: 'eth_getRawTransactionByHash' }
  expect(nodePage.value('op_node_default_rpc_client_requests_total', calls)).toBeGreaterThan(0)
  const newPayload = { call: 'newPayload', outcome: 'answered' }
  expect(nodePage.value('takt_engine_call_seconds_count', newPayload)).toBeGreaterThan(3)
  expect((await scrape(ofEngine!)).value('chain_head_safe')).toBeGreaterThan(3)

  const success = { stage: 'success' }
  const posted = async () =>
    (await scrape(ofBatcher!)).value('op_batcher_default_batcher_tx_total', success)
  await expect.poll(posted).toBeGreaterThan(0)
  const batcherPage = await scrape(ofBatcher!)
  expect(
    batcherPage.value('op_batcher_default_channel_total', { stage: 'closed' }),
  ).toBeGreaterThan(0)
  expect(batcherPage.value('op_batcher_default_txmgr_tx_type')).toBe(3)

  const proposed = 'op_proposer_default_proposed_sequence_number'
  const isProposed = async () => (await scrape(ofProposer!)).value(proposed)
  await expect.poll(isProposed).toBeGreaterThan(0)
  const knowsBalance = async () => (await scrape(ofProposer!)).has('op_proposer_default_balance')
  await expect.poll(knowsBalance).toBe(true)
})

test('a devnet does so too, and its batcher and proposer work on', async () => {
  const ports = ['l1', 'l2', 'node', 'engine', 'control'].flatMap((part) => [`--${part}-port`, '0'])
  const chain = ['--block-time', '1', '--l1-block-time', '2', '--json']
  const url = await metricsUrl(start('devnet', chain, ports, measured))
  const isSafe = async () => {
    const page = await scrape(url)
    expect(page.value('op_node_default_sequencer_active')).toBe(1)
    expect(page.value('op_node_default_sequencer_sealing_total')).toBeGreaterThan(0)
    return page.value('op_node_default_refs_number', { layer: 'l2', type: 'l2_safe' })
  }
  await expect.poll(isSafe).toBeGreaterThan(1)
})

function start(command: string, ...args: readonly (readonly string[])[]): TaktProcess {
  const program = startTakt([command, ...args.flat()], {
    OP_BATCHER_PRIVATE_KEY: roles.batcher.privateKey,
    OP_PROPOSER_PRIVATE_KEY: roles.proposer.privateKey,
    TAKT_LOG_FORMAT: 'json',
  })
  programs.push(program)
  return program
}

function metricsUrl(program: TaktProcess): Promise<string> {
  return program.logged(/"url":"([^"]+)"/)
}

async function scrape(url: string): Promise<MetricsPage> {
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  return parsePrometheusText(await answer.text())
}
