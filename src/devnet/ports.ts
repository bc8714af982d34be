import { once } from 'node:events'
import { createServer } from 'node:net'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type DevnetOptions, portOptions } from './options.ts'

/**
 * Checks that every port that was asked for can be had, before anything is started.
 *
 * @throws {ConfigError} `PORT_TAKEN` naming the port and its flag.
 */
export async function assertPortsFree(options: DevnetOptions): Promise<void> {
  const wanted = new Map<number, string>()
  for (const name of portOptions) {
    if (name.startsWith('verifier') && !options.verifier) continue
    const flag = portFlags[name]
    const port = options[name]
    if (port === 0) continue
    const other = wanted.get(port)
    if (other !== undefined) throw portTaken(port, flag, `is also given with ${other}`)
    if (!(await isFree(options.host, port))) throw portTaken(port, flag, 'is already in use')
    wanted.set(port, flag)
  }
}

const portFlags: Record<(typeof portOptions)[number], string> = {
  l1Port: '--l1-port',
  l2Port: '--l2-port',
  nodePort: '--node-port',
  enginePort: '--engine-port',
  controlPort: '--control-port',
  verifierL2Port: '--verifier-l2-port',
  verifierNodePort: '--verifier-node-port',
  verifierEnginePort: '--verifier-engine-port',
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

function portTaken(port: number, flag: string, why: string): ConfigError {
  return new ConfigError(exitCodes.portTaken, 'PORT_TAKEN', `port ${port} ${why}`, {
    context: { port },
    metaMessages: [`Stop the program that listens on it, or choose another with ${flag}.`],
  })
}
