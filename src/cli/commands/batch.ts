import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { Command } from 'commander'
import { ConfigError, DecodeError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { addFlags, type FlagTable, readFlags } from '../flags/flag.ts'
import { parseBoolean } from '../flags/parsers.ts'
import { readRollupConfig, rollupFlags } from '../flags/rollupFlags.ts'
import type { CliHost } from '../host.ts'

const batchFlags = {
  json: {
    names: ['json'],
    env: [],
    parse: parseBoolean,
    help: 'print everything as one JSON object, transactions included',
  },
} as const satisfies FlagTable<{ json: boolean }>

/** `takt batch`: what batchers post on L1. */
export function batchCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  return new Command('batch')
    .description('look into what batchers post on L1')
    .addCommand(decodeCommand(host, setExitCode).usage('<file> [flags]'))
}

function decodeCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('decode')
    .description('take batcher data apart into frames, channels and batches')
    .argument('<file>', 'calldata, blobs or a channel; - reads standard input')
    .addHelpText('after', decodeHelp)
  addFlags(command, 'Chain:', rollupFlags)
  addFlags(command, 'Output:', batchFlags)
  return command.action(async (file: string) => {
    const { json } = readFlags(command, batchFlags, host.env)
    const { genesis, blockTime, l2ChainId } = await readRollupConfig(command, host.env)
    const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
    const { batcherInputs } = await import('../batch/batcherInputs.ts')
    const { decodeBatcherData, isValid } = await import('../batch/decodeBatcherData.ts')
    const { batchTable } = await import('../batch/batchTable.ts')
    const inputs = await batcherInputs(await readInput(file)).catch((cause: unknown) => {
      if (!(cause instanceof DecodeError)) throw cause
      throw notBatcherData(file, cause.code, cause.shortMessage)
    })
    const decoded = await decodeBatcherData(inputs, chain)
    const [first] = decoded.unreadable
    if (first !== undefined && decoded.unreadable.length === inputs.length) {
      throw notBatcherData(file, first.code, first.error)
    }
    host.stdout.write(json === true ? `${JSON.stringify(decoded)}\n` : batchTable(decoded))
    setExitCode(isValid(decoded) ? exitCodes.ok : exitCodes.configFile)
  })
}

const decodeHelp = `
Takes hex, one transaction or blob a line; JSON as L1 and beacon nodes answer it; or bytes. Each may be packed by gzip.
Frames of all of them make channels together. Ends with 0 if all is valid, and with 3 if something is not; what is not
valid is shown with the reason.

Examples:
  $ takt batch decode calldata.hex --chain op-mainnet
  $ takt batch decode channel.bin --rollup.config rollup.json --json
  $ curl -s $BEACON/eth/v1/beacon/blobs/$SLOT | takt batch decode - --chain unichain`

async function readInput(file: string): Promise<Uint8Array> {
  if (file === '-') return await buffer(process.stdin)
  try {
    return await readFile(file)
  } catch (cause) {
    throw new ConfigError(
      exitCodes.configFile,
      'FILE_UNREADABLE',
      `cannot read the batcher data ${file}: ${(cause as Error).message}`,
      { cause, context: { file }, metaMessages: ['check the path and its permissions'] },
    )
  }
}

function notBatcherData(file: string, code: string, problem: string): ConfigError {
  return new ConfigError(exitCodes.configFile, code, `${file}: ${problem}`, {
    metaMessages: ['give the data of batcher transactions, blobs or a channel, and nothing else'],
  })
}
