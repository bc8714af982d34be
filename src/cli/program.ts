import { Command, type CommanderError, Help } from 'commander'
import { readPackageVersion } from '../runtime/packageVersion.ts'
import { batchCommand } from './commands/batch.ts'
import { batcherCommand } from './commands/batcher.ts'
import { deriveCommand } from './commands/derive.ts'
import { devnetCommand } from './commands/devnet.ts'
import { engineCommand } from './commands/engine.ts'
import { nodeCommand } from './commands/node.ts'
import { proposerCommand } from './commands/proposer.ts'
import { versionCommand } from './commands/version.ts'
import type { CliHost } from './host.ts'

/**
 * The `takt` program: its commands, with their flags and help.
 *
 * @param setExitCode - Called by a command that ends without an error.
 */
export function createProgram(host: CliHost, setExitCode: (code: number) => void): Command {
  const program = new Command('takt')
    .description('An OP Stack rollup node. `takt devnet` starts a whole chain on this machine.')
    .usage('<command> [flags]')
    .version(readPackageVersion(), '-V, --version', 'print the version')
    .addHelpText('after', programHelp)
  for (const create of [
    devnetCommand,
    nodeCommand,
    engineCommand,
    batcherCommand,
    proposerCommand,
    versionCommand,
  ]) {
    program.addCommand(create(host, setExitCode).usage('[flags]'))
  }
  program.addCommand(deriveCommand(host, setExitCode).usage('<folder> [flags]'))
  program.addCommand(batchCommand(host, setExitCode))
  prepare(program, host)
  return program
}

const programHelp = `
Every flag can be given as a variable too; each command's --help names them.

Examples:
  $ takt devnet                        L1, L2 and rollup node on this machine
  $ takt devnet --block-time 1 --json  the same, faster, described by a line of JSON
  $ takt node --help                   sequence a chain on an L1 and an engine of your own
  $ takt engine --help                 run the execution engine on its own
  $ takt batcher --help                post the blocks of a sequencer to L1
  $ takt proposer --help               propose output roots to L1`

/** Makes a command and those under it report through us: errors are thrown, text goes to the host. */
function prepare(command: Command, host: CliHost): void {
  command
    .exitOverride((error: CommanderError) => {
      throw error
    })
    .configureOutput({
      writeOut: host.stdout.write,
      writeErr: host.stderr.write,
      // The error is thrown as well and printed once, where all errors are.
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: false, formatItem })
    .helpOption('-h, --help', 'show this help')
  for (const inner of command.commands) prepare(inner, host)
}

/** A flag and what is said of it: side by side where names are short, else below the name. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80
  if (termWidth <= width / 2) {
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
  }
  const text = helper.boxWrap(description, width - noteIndent.length)
  return `  ${term}\n${text.replace(/^/gm, noteIndent)}`
}

const noteIndent = ' '.repeat(6)
