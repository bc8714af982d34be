import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { batcherOptions, defaultBatcherOptions } from '../../batcher/options.ts'
import { readBatcherSettings } from '../commands/batcherRun.ts'
import { batcherFlags, l2Flags, pidFlags, throttleFlags } from './batcherFlags.ts'
import { addFlags, type Environment } from './flag.ts'
import { serviceFlags } from './serviceFlags.ts'
import { signerFlags } from './signerFlags.ts'
import { blobTipFlags, txManagerFlags } from './txManagerFlags.ts'

const key = `0x${'11'.repeat(32)}`
const endpoints = ['--l1-eth-rpc=http://l1', '--l2-eth-rpc=http://l2', '--rollup-rpc=http://node']

function read(args: readonly string[], env: Environment = {}) {
  const command = new Command().exitOverride()
  const own = [l2Flags, batcherFlags, throttleFlags, pidFlags, blobTipFlags]
  const shared = [serviceFlags, signerFlags, txManagerFlags].map((flags) => flags('batcher'))
  for (const table of [...own, ...shared]) addFlags(command, '', table)
  command.parse([...args], { from: 'user' })
  return readBatcherSettings(command, env)
}

describe('the flags of takt batcher', () => {
  test("leave op-batcher's defaults where nothing is said", () => {
    const { batcher, service } = read([...endpoints, `--private-key=${key}`])
    expect(batcher).toEqual(batcherOptions())
    expect(service).toMatchObject({
      l1Urls: ['http://l1'],
      activeSequencerCheckMs: 5_000,
      enableAdmin: false,
    })
  })

  test('are understood in the words of op-batcher', () => {
    const { batcher } = read([
      ...endpoints,
      `--private-key=${key}`,
      '--batch-type=1',
      '--data-availability-type=auto',
      '--compression-algo=brotli-11',
      '--compressor=ratio',
      '--approx-compr-ratio=0.4',
      '--target-num-frames=6',
      '--max-channel-duration=5',
      '--poll-interval=1s',
      '--throttle.controller-type=pid',
      '--throttle.unsafe-da-bytes-lower-threshold=10',
      '--throttle.pid-kp=0.5',
      '--throttle.pid-sample-time=500ms',
    ])
    expect(batcher).toEqual({
      ...defaultBatcherOptions,
      batchType: 'span',
      dataAvailabilityType: 'auto',
      compressionAlgo: 'brotli-11',
      compressor: 'ratio',
      approxComprRatio: 0.4,
      targetNumFrames: 6,
      maxChannelDuration: 5,
      pollIntervalMs: 1_000,
      throttle: {
        ...defaultBatcherOptions.throttle,
        controllerType: 'pid',
        lowerThreshold: 10,
        pid: { ...defaultBatcherOptions.throttle.pid, kp: 0.5, sampleTimeMs: 500 },
      },
    })
  })

  test('can be given as variables, ours before those of op-batcher', () => {
    const { batcher, service } = read([], {
      OP_BATCHER_L1_ETH_RPC: 'http://l1',
      OP_BATCHER_L2_ETH_RPC: 'http://a,http://b',
      OP_BATCHER_ROLLUP_RPC: 'http://c,http://d',
      OP_BATCHER_PRIVATE_KEY: key,
      OP_BATCHER_BATCH_TYPE: '1',
      OP_BATCHER_MAX_PENDING_TX: '5',
      TAKT_BATCHER_MAX_PENDING_TX: '7',
    })
    expect(service).toMatchObject({ rollupUrls: ['http://c', 'http://d'] })
    expect(batcher).toMatchObject({ batchType: 'span', maxPendingTx: 7 })
  })

  test.each([
    [['--batch-type=2'], '0 (singular) or 1 (span)'],
    [['--compression-algo=gzip'], 'brotli-11'],
    [['--approx-compr-ratio=2'], 'a number from 0.001 to 1'],
    [['--rollup-rpc=http://a,http://b'], '--l2-eth-rpc has 1 endpoints'],
  ])('%j is refused in words', (args, words) => {
    expect(() => read([...endpoints, `--private-key=${key}`, ...args])).toThrow(words)
  })
})
