import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../runtime/logger.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { batcherCommand } from '../commands/batcher.ts'
import { readBatcherSettings } from '../commands/batcherRun.ts'
import { proposerCommand } from '../commands/proposer.ts'
import { readProposerSettings } from '../commands/proposerRun.ts'
import type { CliHost } from '../host.ts'
import { readMetricsOptions } from '../openMetrics.ts'
import type { Environment } from './flag.ts'
import { heedIdleFlags } from './idleFlags.ts'
import { readLogFlags } from './logFlags.ts'

/** A flag of the OP Stack's program: its name, its default there, another value, its variable where that is irregular. */
type OpFlag = readonly [name: string, value: string | undefined, other: string, variable?: string]

// The flags of mid-2026. Of what takt's own defaults differ in (rpc.addr, rpc.port, metrics.addr), the default is left
// out.
const shared: readonly OpFlag[] = [
  ['l1-eth-rpc', undefined, 'http://other'],
  ['rollup-rpc', undefined, 'http://other'],
  ['wait-node-sync', 'false', 'true'],
  ['rpc.addr', undefined, '0.0.0.0'],
  ['rpc.port', undefined, '8545'],
  ['rpc.enable-admin', 'false', 'true'],
  ['log.level', 'info', 'TRACE'],
  ['log.format', 'text', 'jsonms'],
  ['log.color', undefined, 'true'],
  ['log.pid', 'false', 'true'],
  ['mnemonic', undefined, 'test test test test test test test test test test test junk'],
  ['hd-path', undefined, "m/44'/60'/0'/0/1"],
  ['private-key', undefined, '22'.repeat(32)],
  ['num-confirmations', '10', '1'],
  ['safe-abort-nonce-too-low-count', '3', '1'],
  ['fee-limit-multiplier', '5', '1', 'TXMGR_FEE_LIMIT_MULTIPLIER'],
  ['txmgr.fee-limit-threshold', '100', '0.5'],
  ['txmgr.min-tip-cap', '1', '0.5'],
  ['txmgr.max-tip-cap', '0', '50'],
  ['txmgr.min-basefee', '1', '1.5'],
  ['txmgr.max-basefee', '0', '50'],
  ['txmgr.rebroadcast-interval', '12s', '0s'],
  ['resubmission-timeout', '48s', '1m30s'],
  ['network-timeout', '10s', '500ms'],
  ['txmgr.retry-interval', '1s', '0s'],
  ['txmgr.max-retries', '10', '0'],
  ['txmgr.send-timeout', '0s', '10m0s', 'TXMGR_TX_SEND_TIMEOUT'],
  ['txmgr.not-in-mempool-timeout', '2m0s', '1h', 'TXMGR_TX_NOT_IN_MEMPOOL_TIMEOUT'],
  ['txmgr.receipt-query-interval', '12s', '1s'],
  ['txmgr.already-published-custom-errs', undefined, 'seen before'],
  ['txmgr.cell-proof-time', '18446744073709551615', '1764798551'],
  ['signer.endpoint', undefined, 'https://signer'],
  ['signer.address', undefined, `0x${'aB'.repeat(20)}`],
  ['signer.header', undefined, 'key=value'],
  ['signer.tls.enabled', 'true', 'false'],
  ['signer.tls.ca', 'tls/ca.crt', 'other'],
  ['signer.tls.cert', 'tls/tls.crt', 'other'],
  ['signer.tls.key', 'tls/tls.key', 'other'],
  ['metrics.enabled', 'false', 'true'],
  ['metrics.addr', undefined, '0.0.0.0'],
  ['metrics.port', '7300', '7301'],
  ['pprof.enabled', 'false', 'true'],
  ['pprof.addr', '0.0.0.0', '127.0.0.1'],
  ['pprof.port', '6060', '6061'],
  ['pprof.path', undefined, '/tmp'],
  ['pprof.type', undefined, 'cpu'],
]

const batcher: readonly OpFlag[] = [
  ...shared,
  ['l2-eth-rpc', undefined, 'http://other'],
  ['active-sequencer-check-duration', '5s', '1s'],
  ['check-recent-txs-depth', '0', '128'],
  ['sub-safety-margin', '10', '4'],
  ['poll-interval', '6s', '1s'],
  ['max-pending-tx', '1', '0'],
  ['max-channel-duration', '0', '5'],
  ['max-l1-tx-size-bytes', '120000', '100000'],
  ['max-blocks-per-span-batch', '0', '100'],
  ['target-num-frames', '1', '6'],
  ['approx-compr-ratio', '0.6', '1'],
  ['compressor', 'shadow', 'ratio'],
  ['stopped', 'false', 'true'],
  ['sequencer-hd-path', undefined, "m/44'/60'/0'/0/1"],
  ['batch-type', '0', '1'],
  ['data-availability-type', 'calldata', 'auto'],
  ['compression-algo', 'zlib', 'brotli-9'],
  ['throttle.additional-endpoints', undefined, 'http://builder'],
  ['throttle.tx-size-lower-limit', '150', '1'],
  ['throttle.tx-size-upper-limit', '20000', '30000'],
  ['throttle.block-size-lower-limit', '2000', '1'],
  ['throttle.block-size-upper-limit', '130000', '140000'],
  ['throttle.controller-type', 'quadratic', 'step'],
  ['throttle.unsafe-da-bytes-lower-threshold', '3200000', '0'],
  ['throttle.unsafe-da-bytes-upper-threshold', '12800000', '13000000'],
  ['throttle.pid-kp', '0.33', '0.5'],
  ['throttle.pid-ki', '0.01', '0.5'],
  ['throttle.pid-kd', '0.05', '0.5'],
  ['throttle.pid-integral-max', '1000', '10'],
  ['throttle.pid-output-max', '1', '0.5'],
  ['throttle.pid-sample-time', '2s', '1s'],
  ['txmgr.blob-tip-cap-dynamic', 'false', 'true'],
  ['txmgr.blob-tip-cap-percentile', '60', '50'],
  ['txmgr.blob-tip-cap-range', '20', '5'],
  ['altda.enabled', 'false', 'false'],
  ['altda.da-server', undefined, 'http://da'],
  ['altda.verify-on-read', 'true', 'false'],
  ['altda.da-service', 'false', 'true'],
  ['altda.put-timeout', '0s', '1s'],
  ['altda.get-timeout', '0s', '1s'],
  ['altda.max-concurrent-da-requests', '1', '2'],
]

const proposer: readonly OpFlag[] = [
  ...shared,
  ['active-sequencer-check-duration', '2m0s', '1s'],
  ['poll-interval', '12s', '1s'],
  ['allow-non-finalized', 'false', 'true'],
  ['l2-output-hd-path', undefined, "m/44'/60'/0'/0/1"],
  ['game-factory-address', undefined, `0x${'cD'.repeat(20)}`],
  ['proposal-interval', undefined, '30m'],
  ['game-type', '0', '1'],
]

const programs = {
  batcher: {
    create: batcherCommand,
    read: readBatcherSettings,
    needed: { 'l1-eth-rpc': 'http://l1', 'l2-eth-rpc': 'http://l2', 'rollup-rpc': 'http://node' },
  },
  proposer: {
    create: proposerCommand,
    read: readProposerSettings,
    needed: {
      'l1-eth-rpc': 'http://l1',
      'rollup-rpc': 'http://node',
      'game-factory-address': `0x${'ab'.repeat(20)}`,
      'proposal-interval': '1h',
    },
  },
} as const

// Without effect by intention, or only in company of others.
const idle = /^(pprof|altda)\.|^signer\.(header|tls)/

describe.each([
  ['batcher', batcher],
  ['proposer', proposer],
] as const)('each flag of op-%s', (service, flags) => {
  test.each(flags.map((flag) => ({ name: flag[0], flag })))('--$name', ({ flag }) => {
    const [name, value, other, variable] = flag
    const suffix = variable ?? name.replaceAll(/[.-]/g, '_').toUpperCase()
    const env = `OP_${service.toUpperCase()}_${suffix}`
    const company = companyOf(name)
    const untouched = read(service, company)
    if (value !== undefined) expect(read(service, { ...company, [name]: value })).toEqual(untouched)
    const byFlag = read(service, { ...company, [name]: other })
    const { [name]: _, ...others } = company
    expect(read(service, others, { [env]: other })).toEqual(byFlag)
    if (!idle.test(name)) expect(byFlag).not.toEqual(untouched)
  })
})

/** What must be given for a flag to mean something. */
function companyOf(name: string): Readonly<Record<string, string>> {
  const key = { 'private-key': '11'.repeat(32) }
  if (name.startsWith('signer.')) {
    return { 'signer.endpoint': 'https://first', 'signer.address': `0x${'cc'.repeat(20)}` }
  }
  if (name === 'mnemonic' || name.endsWith('hd-path')) {
    return {
      mnemonic: 'legal winner thank year wave sausage worth useful legal winner thank yellow',
    }
  }
  return name.startsWith('throttle.pid-') ? { ...key, 'throttle.controller-type': 'pid' } : key
}

function read(
  service: keyof typeof programs,
  given: Readonly<Record<string, string>>,
  env: Environment = {},
) {
  const { create, read, needed } = programs[service]
  const command: Command = create(host, () => undefined)
  command.exitOverride().action(() => undefined)
  const isSet = (name: string) =>
    env[`OP_${service.toUpperCase()}_${name.replaceAll(/[.-]/g, '_').toUpperCase()}`] !== undefined
  const missing = Object.entries(needed).filter(([name]) => !isSet(name))
  const args = Object.entries({ ...Object.fromEntries(missing), ...given })
  command.parse(
    args.flatMap(([name, value]) => [`--${name}=${value}`]),
    { from: 'user' },
  )
  heedIdleFlags(command, env, service, { logger: silentLogger })
  const program = service === 'batcher' ? 'BATCHER' : 'PROPOSER'
  const { account, ...settings } = read(command, env)
  const { signer, txManager } = account
  return {
    ...settings,
    txManager,
    metrics: readMetricsOptions(command, env, service),
    signer: signer.type === 'local' ? signer.signer.address : signer.options,
    log: { level: 'info', format: 'text', pid: false, ...readLogFlags(command, env, program) },
  }
}

const output = { isTerminal: false, write: () => undefined }
const host: CliHost = {
  env: {},
  stdout: output,
  stderr: output,
  clock: new ManualClock(0),
  onStopSignal: () => () => undefined,
  exit: () => undefined,
}
