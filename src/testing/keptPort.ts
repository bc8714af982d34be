import { once } from 'node:events'
import { createServer } from 'node:net'

// Below what systems hand out to whoever lets them choose, also for the near end of a connection.
const lowest = 20_000
const count = 10_000

/** A free port of this host that stays free while nobody listens on it: for servers that come back to where they were. */
export async function keptPort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
