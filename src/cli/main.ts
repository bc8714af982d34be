import { processHost } from './host.ts'
import { runCli } from './runCli.ts'

// Bound to the process: the only file of takt that ends it.
const exitCode = await runCli(process.argv.slice(2), processHost())
process.exitCode = exitCode
// A socket that is slow to close must not hold up a command that has ended.
setTimeout(() => process.exit(exitCode), 1_000).unref()
