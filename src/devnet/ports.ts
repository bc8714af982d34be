import { once } from 'node:events'
import { createServer } from 'node:net'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type DevnetOptions, fieldName, type OptionName, portOptions } from './options.ts'

/**
 * Checks that every port that was asked for can be had, before anything is started.
 *
 * @throws {ConfigError} `PORT_TAKEN` naming the port and its option.
 */
export async function assertPortsFree(
  options: DevnetOptions,
  nameOf: OptionName = fieldName,
): Promise<void> {
  const wanted = new Map<number, string>()
  for (const name of portOptions) {
    if (name.startsWith('verifier') && !options.verifier) continue
    const port = options[name]
    if (port === 0) continue
    const other = wanted.get(port)
    if (other !== undefined) throw portTaken(port, nameOf(name), `is also given with ${other}`)
    if (!(await isFree(options.host, port)))
      throw portTaken(port, nameOf(name), 'is already in use')
    wanted.set(port, nameOf(name))
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    // Any other failure is better told by the server that needs the port.
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
  server.close()
  await once(server, 'close')
  return true
}

function portTaken(port: number, option: string, why: string): ConfigError {
  return new ConfigError(exitCodes.portTaken, 'PORT_TAKEN', `port ${port} ${why}`, {
    context: { port },
    metaMessages: [`Stop the program that listens on it, or choose another with ${option}.`],
    docsPath: 'README.md#troubleshooting',
  })
}
