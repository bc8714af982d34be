import { Command } from 'commander'
import type { CliHost } from '../host.ts'
import { readVersion } from '../version.ts'

/** `takt version` */
export function versionCommand(host: CliHost): Command {
  return new Command('version')
    .description('print the version of takt and of the Node that runs it')
    .action(() => {
      host.stdout.write(`takt ${readVersion()} (Node ${process.versions.node})\n`)
    })
}
