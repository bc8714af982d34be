import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manualClock.ts'
import { createProgram } from './program.ts'

const commands = ['devnet', 'node', 'engine', 'batcher', 'proposer', 'derive']

test.each(commands)('the help of takt %s fits a terminal of 80 columns', async (name) => {
  const flags = (await helpOf(name)).split('\nOptions:')[0]!.split('\n')
  expect(flags.filter((line) => line.length > 80)).toEqual([])
})

test.each(commands)('the help of takt %s ends its flags with --help', async (name) => {
  const headings: string[] = (await helpOf(name)).match(/^\w[\w ]*:$/gm) ?? []
  const settings = headings.slice(0, headings.indexOf('Options:'))
  expect(settings.at(-1)).toBe(name === 'derive' ? 'Fork overrides:' : 'Log:')
})

async function helpOf(name: string): Promise<string> {
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const output = { isTerminal: false, write }
  const host = {
    env: {},
    stdout: output,
    stderr: output,
    clock: new ManualClock(),
    onStopSignal: () => () => {},
    exit() {},
  }
  await expect(
    createProgram(host, () => {}).parseAsync(['node', 'takt', name, '--help']),
  ).rejects.toMatchObject({ exitCode: 0 })
  return text
}
