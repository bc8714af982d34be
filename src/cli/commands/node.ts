import { Command } from 'commander'
import { followedChains, superchainRegistry } from '../../chain/registry/registry.ts'
import { createLog } from '../createLog.ts'
import { beaconFlags } from '../flags/beaconFlags.ts'
import { addFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { metricsFlags } from '../flags/metricsFlags.ts'
import {
  chainFlags,
  jwtFlags,
  l1Flags,
  l2Flags,
  rpcFlags,
  rpcSwitchFlags,
  sequencerFlags,
  syncFlags,
} from '../flags/nodeFlags.ts'
import { overrideFlags, rollupFlags } from '../flags/rollupFlags.ts'
import type { CliHost } from '../host.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt node`: a rollup node on any L1 and any OP engine. */
export function nodeCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('node')
    .description('run a rollup node on an L1 and an engine of your own')
    .addHelpText('after', () => nodeHelp())
  addFlags(command, 'Chain:', { ...rollupFlags, ...chainFlags })
  addFlags(command, 'L1:', { ...l1Flags, ...beaconFlags })
  addFlags(command, 'Engine:', { ...l2Flags, ...jwtFlags })
  addFlags(command, 'Sync:', syncFlags)
  addFlags(command, 'Sequencer:', sequencerFlags)
  addFlags(command, 'RPC:', { ...rpcFlags, ...rpcSwitchFlags })
  addFlags(command, 'Metrics:', metricsFlags('node'))
  addFlags(command, 'Fork overrides:', overrideFlags)
  addLogFlags(command)
  return command.action(async () => {
    const logger = createLog(readLogFlags(command, host.env), host)
    // Loaded when wanted: help and errors of usage must not wait for the whole node.
    const { readNodeSettings, runNode } = await import('./nodeRun.ts')
    const settings = await readNodeSettings(command, host.env)
    const run = (signal: AbortSignal) => runNode(settings, { logger, clock: host.clock }, signal)
    setExitCode(await runUntilStopped(run, host))
  })
}

function nodeHelp(): string {
  const chains = superchainRegistry.map((superchain) => {
    return wrapped(`  ${superchain.name}: ${followedChains(superchain).join(', ')}`)
  })
  return `
Names of flags and variables follow op-node and kona-node; KONA_NODE_* and OP_NODE_* variables work too.

Values of --chain, beside chain ids:
${chains.join('\n')}

Examples:
  $ takt node --chain op-mainnet --l1 https://l1.example --l1.beacon https://beacon.example \\
      --l2 http://localhost:8551 --l2.jwt-secret jwt.hex
  $ takt node --mode=sequencer --rollup.config rollup.json \\
      --l1 http://localhost:8545 --l2 http://localhost:8551 --l2.jwt-secret jwt.hex
  $ TAKT_NODE_L1_ETH_RPC=https://l1.example,https://l1.example.org takt node --chain ink-mainnet …`
}

/** In lines of at most 100 characters. */
function wrapped(text: string): string {
  return text.replaceAll(/(.{1,100})(?: +|$)/gm, (_, line: string) => `${line}\n    `).trimEnd()
}
