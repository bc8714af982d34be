import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/hex.ts'
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

  test('0: calldata as hex', async () => {
    const vectors = readVectorJson<{ id: string; batcherTxData: Hex }[]>('codec/batches.json')
    const file = join(folder, 'calldata.hex')
    writeFileSync(file, vectors.find(({ id }) => id === 'op-sepolia-span-batch')!.batcherTxData)
    const table = await runTakt(['batch', 'decode', file, ...rollup])
    expect(table.exitCode).toBe(0)
    expect(table.stdout).toContain('span      84 blocks  9 txs')
    const json = await runTakt(['batch', 'decode', file, ...rollup, '--json'])
    expect(JSON.parse(json.stdout).channels[0].batches[0].blocks).toHaveLength(84)
  })

  test('0: a channel as bytes', async () => {
    const file = join(folder, 'channel.bin')
    writeFileSync(file, readVector('codec/batch_hex.bin.gz'))
    const { stdout } = await runTakt(['batch', 'decode', file, ...rollup])
    expect(stdout).toContain('615361 B -> 1409463 B')
  })

  test('3: frames that are cut short', async () => {
    const file = join(folder, 'short.hex')
    writeFileSync(file, '0x00ff')
    const { exitCode, stderr } = await runTakt(['batch', 'decode', file, ...rollup])
    expect(exitCode).toBe(3)
    expect(stderr).toContain('error FRAME_SHORT')
  })
})
