import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { Command } from 'commander'
import { ConfigError, DecodeError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { hexToBytes } from '../../base/hex.ts'
import { parseRollupConfig } from '../../chain/rollupConfigJson.ts'
import { readConfigFile } from '../configFile.ts'
import { addFlags, type FlagTable, readFlags, required } from '../flags/flag.ts'
import { chainFlags } from '../flags/nodeFlags.ts'
import { parseBoolean } from '../flags/parsers.ts'
import type { CliHost } from '../host.ts'

const batchFlags = {
  rollupConfigPath: {
    ...chainFlags.rollupConfigPath,
    names: ['rollup-config', ...chainFlags.rollupConfigPath.names],
  },
  json: {
    names: ['json'],
    env: [],
    parse: parseBoolean,
    help: 'print everything as one JSON object, transactions included',
  },
} as const satisfies FlagTable<{ rollupConfigPath: string; json: boolean }>

/** `takt batch`: what batchers post on L1. */
export function batchCommand(host: CliHost): Command {
  return new Command('batch')
    .description('look into what batchers post on L1')
    .addCommand(decodeCommand(host))
}

function decodeCommand(host: CliHost): Command {
  const command = new Command('decode')
    .description('take batcher data apart into frames, channels and batches')
    .argument('<file>', 'calldata, blobs or a channel, as bytes or as hex; - reads standard input')
    .addHelpText('after', decodeHelp)
  addFlags(command, 'Batch:', batchFlags)
  return command.action(async (file: string) => {
    const flags = readFlags(command, batchFlags, host.env)
    const { genesis, blockTime, l2ChainId } = await readConfigFile(
      required(flags.rollupConfigPath, batchFlags.rollupConfigPath),
      'rollup config',
      parseRollupConfig,
    )
    const { decodeBatcherData } = await import('../batch/decodeBatcherData.ts')
    const { batchTable } = await import('../batch/batchTable.ts')
    const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
    const inputs = inputsOf(await readInput(file))
    const decoded = await decodeBatcherData(inputs, chain).catch((cause: unknown) => {
      throw cause instanceof DecodeError ? notBatcherData(file, cause) : cause
    })
    host.stdout.write(flags.json === true ? `${JSON.stringify(decoded)}\n` : batchTable(decoded))
  })
}

const decodeHelp = `
Hex may have several lines: each is the data of one transaction or one blob, and their frames make channels together.

Examples:
  $ takt batch decode calldata.hex --rollup-config rollup.json
  $ takt batch decode - --rollup-config rollup.json --json < channel.bin`

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

function notBatcherData(file: string, cause: DecodeError): ConfigError {
  return new ConfigError(exitCodes.configFile, cause.code, `${file}: ${cause.shortMessage}`, {
    cause,
    metaMessages: ['give the data of a batcher transaction, a blob or a channel, and nothing else'],
  })
}

/** Lines of hex, or else the bytes as they are. */
function inputsOf(content: Uint8Array): Uint8Array[] {
  const text = new TextDecoder('latin1').decode(content).trim()
  const lines = text.split(/\s+/)
  if (!lines.every((line) => /^(0x)?([0-9a-fA-F]{2})+$/.test(line))) return [bytesOnly(content)]
  return lines.map((line) => hexToBytes(line.startsWith('0x') ? line : `0x${line}`))
}

/** Without the methods of Node's Buffer. */
function bytesOnly({ buffer: memory, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(memory, byteOffset, byteLength)
}
