import { once } from 'node:events'
import { createServer } from 'node:net'

// Below what systems hand out to whoever lets them choose, also for the near end of a connection.
const lowest = 20_000
const span = 10_000

/**
 * Free ports of this host that stay free while nobody listens on them: for servers that come back to where they were.
 * Each process has some of its own.
 */
export async function keptPorts(count: number): Promise<number[]> {
  const free: number[] = []
  for (let port = lowest + ((process.pid * 16) % span); free.length < count; port++) {
    if (await isFree(port)) free.push(port)
  }
  return free
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
