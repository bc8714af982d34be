import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/hex.ts'
import { listFromJson } from '../../src/base/jsonFields.ts'
import type { DecodedBatcherData } from '../../src/cli/batch/decodeBatcherData.ts'
import { expectedChannelFromJson } from '../../src/cli/derive/expectedChannel.ts'
import {
  haveVectors,
  readVector,
  readVectorJson,
  vectorsFolder,
  vectorsNote,
} from '../../src/testing/vectors.ts'
import { runTakt } from './takt.ts'

const folder = mkdtempSync(join(tmpdir(), 'takt-derive-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const mainnet = resolve(vectorsFolder, 'derivation/op-mainnet-regolith-109279674')
const sepolia = resolve(vectorsFolder, 'derivation/op-sepolia-granite-16491249')
const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe.runIf(haveVectors)(`takt derive${vectorsNote}`, () => {
  test('0: every block matches, one line each', async () => {
    const { exitCode, stdout, stderr } = await runTakt(['derive', mainnet])
    expect(exitCode).toBe(0)
    expect(stderr).toBe('7 of 7 blocks and 1 of 1 channels match\n')
    const blocks = jsonLines(stdout).filter(({ type }) => type === 'block')
    expect(blocks.map(({ number }) => number)).toEqual([
      ...[109279675, 109279676, 109279677, 109279678, 109279679, 109279680, 109279681],
    ])
    expect(blocks.every(({ matches }) => matches)).toBe(true)
  })

  test('0: the chain by its name, without rollup.json', async () => {
    const bare = join(folder, 'bare')
    mkdirSync(bare)
    for (const name of ['l1_blocks.ndjson.gz', 'l2_blocks.ndjson.gz']) {
      copyFileSync(join(mainnet, name), join(bare, name))
    }
    const { exitCode, stderr } = await runTakt(['derive', bare, '--chain', 'op-mainnet'])
    expect(stderr).toBe('7 of 7 blocks and 0 of 0 channels match\n')
    expect(exitCode).toBe(0)
  })

  test('1: a fork that was moved', async () => {
    const args = ['--override.canyon', '0', '--override.delta', '1708560000']
    const { exitCode, stdout } = await runTakt(['derive', mainnet, ...args])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('"mismatches":["withdrawals"]')
  })

  test('1: another fork schedule than the chain had', async () => {
    for (const name of ['l1_blocks.ndjson.gz', 'l2_blocks.ndjson.gz', 'channels.json.gz']) {
      copyFileSync(join(mainnet, name), join(folder, name))
    }
    const config = JSON.parse(readFileSync(join(mainnet, 'rollup.json'), 'utf8'))
    // Derived as if Canyon had been there already: the withdrawals list appears.
    writeFileSync(join(folder, 'rollup.json'), JSON.stringify({ ...config, canyon_time: 0 }))
    const { exitCode, stdout, stderr } = await runTakt(['derive', folder])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('0 of 7 blocks')
    const [first] = jsonLines(stdout).filter(({ type }) => type === 'block')
    expect(first).toMatchObject({ matches: false, mismatches: ['withdrawals'] })
  })

  test('3: a file with a block that does not fit its hash', async () => {
    const lines = gunzipSync(readFileSync(join(mainnet, 'l1_blocks.ndjson.gz')))
      .toString()
      .split('\n')
    const block = JSON.parse(lines[2]!)
    block.transactions.pop()
    lines[2] = JSON.stringify(block)
    copyFileSync(join(mainnet, 'rollup.json'), join(folder, 'rollup.json'))
    writeFileSync(join(folder, 'l1_blocks.ndjson.gz'), gzipSync(lines.join('\n')))
    const { exitCode, stderr } = await runTakt(['derive', folder])
    expect(exitCode).toBe(3)
    expect(stderr).toContain('line 3: transactions of block 18090207 do not fit')
  })
})

describe.runIf(haveVectors)(`takt batch decode${vectorsNote}`, () => {
  const rollup = ['--rollup-config', join(sepolia, 'rollup.json')]
  const chain = ['--chain', 'op-sepolia']
  const calldata = () =>
    readVectorJson<{ id: string; batcherTxData: Hex }[]>('codec/batches.json').find(
      ({ id }) => id === 'op-sepolia-span-batch',
    )!.batcherTxData

  /** Runs the command on a file with that content. */
  async function decode(content: string | Uint8Array, ...flags: string[]) {
    const file = join(folder, 'input')
    writeFileSync(file, content)
    return await runTakt(['batch', 'decode', file, ...flags])
  }

  test('0: calldata as hex, of a chain by file or by name', async () => {
    const byFile = await decode(calldata(), ...rollup)
    expect(byFile.exitCode).toBe(0)
    expect(byFile.stdout).toContain('span      84 blocks  9 txs')
    expect(await decode(calldata(), ...chain)).toEqual(byFile)
  })

  test('0: as JSON, with the transactions', async () => {
    const { stdout } = await decode(calldata(), ...chain, '--json')
    const { frames, channels, unreadable } = JSON.parse(stdout)
    expect(frames).toHaveLength(1)
    expect(channels[0].batches[0].blocks).toHaveLength(84)
    expect(unreadable).toEqual([])
  })

  test('0: blobs as recorded, whose frames make channels together', async () => {
    const recorded = readFileSync(join(sepolia, 'blobs.ndjson.gz'))
    const { exitCode, stdout } = await decode(recorded, ...chain, '--json')
    const { channels, unreadable } = JSON.parse(stdout) as DecodedBatcherData
    expect(exitCode).toBe(0)
    expect(unreadable).toEqual([])
    const wanted = listFromJson(expectedChannelFromJson)(
      JSON.parse(gunzipSync(readFileSync(join(sepolia, 'channels.json.gz'))).toString()),
    )
    const complete = channels.filter(({ isComplete }) => isComplete)
    expect(complete.map(({ channelId, batches }) => ({ channelId, batches }))).toEqual(
      wanted.filter(({ channelId }) => complete.some((channel) => channel.channelId === channelId)),
    )
    expect(new Set(complete.map(({ compression }) => compression))).toEqual(new Set(['brotli']))
  })

  test('0: a channel as bytes, zlib', async () => {
    const { stdout } = await decode(readVector('codec/batch_hex.bin.gz'), ...chain)
    expect(stdout).toContain('zlib  615361 B -> 1409463 B')
  })

  test('3: some of it is valid, and the rest says why not', async () => {
    const { exitCode, stdout } = await decode(`${calldata()}\n0x00ff\n`, ...chain)
    expect(exitCode).toBe(3)
    expect(stdout).toContain('input    1  unreadable:')
    expect(stdout).toContain('span      84 blocks')
  })

  test('3: frames that are cut short', async () => {
    const { exitCode, stderr } = await decode('0x00ff', ...chain)
    expect(exitCode).toBe(3)
    expect(stderr).toContain('error FRAME_SHORT')
  })

  test('2: no chain, or one that is unknown', async () => {
    expect(await decode(calldata())).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no chain is given'),
    })
    expect(await decode(calldata(), '--chain', 'op-seplia')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('try: --chain op-sepolia, if that is meant'),
    })
  })
})
