import { processHost } from './host.ts'
import { reportError, runCli } from './runCli.ts'

// Bound to the process: the only file of takt that ends it.
const args = process.argv.slice(2)
const host = processHost()
// A fault that nobody waits for is told like any other, and ends the command like any other.
process.on('uncaughtException', (error) => process.exit(reportError(error, args, host)))

const exitCode = await runCli(args, host)
process.exitCode = exitCode
// A socket that is slow to close must not hold up a command that has ended.
setTimeout(() => process.exit(exitCode), 1_000).unref()
