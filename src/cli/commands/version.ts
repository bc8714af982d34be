import { Command } from 'commander'
import { readPackageVersion } from '../../runtime/packageVersion.ts'
import type { CliHost } from '../host.ts'

/** `takt version` */
export function versionCommand(host: CliHost): Command {
  return new Command('version')
    .description('print the version of takt and of the Node that runs it')
    .action(() => {
      host.stdout.write(`takt ${readPackageVersion()} (Node ${process.versions.node})\n`)
    })
}
