import type { DevnetDescriptor } from '../devnet/options.ts'
import type { Colors } from '../runtime/logLine.ts'

/** What `takt devnet` tells people once the chain is up: endpoints, files, contracts, accounts. */
export function formatDevnet(devnet: DevnetDescriptor, colors: Colors): string {
  const { l1, l2, node, control, accounts } = devnet
  const endpoints = [
    ['L1 RPC', l1.rpcUrl, `chain ${l1.chainId}, anvil; WebSocket and Beacon API on the same port`],
    ['L2 RPC', l2.rpcUrl, `chain ${l2.chainId}; WebSocket ${l2.wsUrl}`],
    ['Rollup node', node.rpcUrl, 'optimism_syncStatus, optimism_outputAtBlock, …'],
    ['Engine API', l2.engineUrl, `JWT secret in ${l2.jwtSecretPath}`],
    ['Control', control.rpcUrl, 'takt_warp, devnet_mine, devnet_snapshot, …'],
    ...verifierEndpoints(devnet),
  ]
  const files = [
    ['rollup.json', devnet.rollupConfigPath],
    ['genesis.json', devnet.genesisPath],
  ]
  const keys = accounts.map(({ address, privateKey }) => [address, privateKey])
  return [
    section('Endpoints', endpoints, colors),
    section('Files', files, colors),
    section('L1 contracts', Object.entries(l1.contracts), colors),
    section(
      'Accounts, funded on both chains (public test keys: never use them elsewhere)',
      keys,
      colors,
    ),
  ].join('\n')
}

/** One sealed block, as its line shows it. */
export interface BlockSummary {
  readonly number: bigint
  readonly transactionCount: number
  readonly gasUsed: bigint
  readonly gasLimit: bigint
  readonly l1OriginNumber: bigint
  readonly sequenceNumber: bigint
  /** From the block's timestamp to its being the head. */
  readonly latenessMs: number
  /** Made while the devnet was still starting: its time may have come before there was anybody to make it. */
  readonly isOfStart: boolean
  /** How far L1 had confirmed the chain when the block was made. */
  readonly safeNumber: bigint
  readonly finalizedNumber: bigint
}

// Past this a block is late enough to be seen.
const noticeableLatenessMs = 200

/** One line per block: `#12  3 txs  63000 gas (0.1%)  L1 #4+2  safe #9  finalized #2  +3 ms`. */
export function formatBlock(block: BlockSummary, colors: Colors): string {
  const { number, transactionCount, gasUsed, gasLimit } = block
  const share = ((100 * Number(gasUsed)) / Number(gasLimit)).toFixed(1)
  const columns = [
    colors.bold(`#${number}`.padEnd(7)),
    `${transactionCount} ${transactionCount === 1 ? 'tx' : 'txs'}`.padStart(8),
    `${gasUsed} gas (${share}%)`.padStart(20),
    colors.gray(`L1 #${block.l1OriginNumber}+${block.sequenceNumber}`.padEnd(10)),
    colors.gray(`safe #${block.safeNumber}`.padEnd(10)),
    colors.gray(`finalized #${block.finalizedNumber}`.padEnd(15)),
    lateness(block, colors),
  ]
  return `${columns.join('  ')}\n`
}

function lateness({ latenessMs, isOfStart }: BlockSummary, colors: Colors): string {
  const isLate = latenessMs > noticeableLatenessMs
  if (isLate && isOfStart) return colors.gray('starting')
  const text = `${latenessMs < 0 ? '-' : '+'}${Math.abs(Math.round(latenessMs))} ms`
  return isLate ? colors.yellow(text) : colors.gray(text)
}

function verifierEndpoints({ verifier }: DevnetDescriptor): string[][] {
  if (verifier === undefined) return []
  const { rpcUrl, l2 } = verifier
  return [
    ['Verifier node', rpcUrl, 'knows the chain from L1 alone'],
    ['Verifier L2', l2.rpcUrl, `WebSocket ${l2.wsUrl}; Engine API ${l2.engineUrl}`],
  ]
}

function section(title: string, rows: readonly (readonly string[])[], colors: Colors): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map(([name = '', value = '', note = '']) =>
    `  ${colors.cyan(name.padEnd(widths[0]!))}  ${value.padEnd(widths[1]!)}  ${colors.gray(note)}`.trimEnd(),
  )
  return `${[colors.bold(title), ...lines].join('\n')}\n`
}
