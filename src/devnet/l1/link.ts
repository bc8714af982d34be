import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type Clock, sleep } from '../../runtime/clock.ts'

/** The way from takt to a server, which can be cut and slowed down. Everybody else reaches the server directly. */
export interface Link {
  /** Stands for the server; HTTP and WebSocket alike. */
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly isCut: boolean
  readonly latencyMs: number
  /** Ends all connections, and every new one at once, until `restore`. */
  cut(): void
  restore(): void
  /** What is sent to the server gets there that much later, from now on. */
  setLatency(latencyMs: number): void
  close(): Promise<void>
}

/** Opens a link to the server at `http://host:port`. */
export async function openLink(
  { targetUrl, host }: { readonly targetUrl: string; readonly host: string },
  deps: { readonly clock: Clock },
): Promise<Link> {
  const target = new URL(targetUrl)
  const connections = new Set<Socket>()
  let isCut = false
  let latencyMs = 0

  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    const drop = () => {
      near.destroy()
      far.destroy()
      connections.delete(near)
    }
    connections.add(near)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', drop)
      socket.on('close', drop)
    }
    far.pipe(near)
    void forward(near, far, () => latencyMs, deps.clock).catch(drop)
  })
  const endConnections = () => {
    for (const connection of connections) connection.destroy()
  }
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    rpcUrl: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    get isCut() {
      return isCut
    },
    get latencyMs() {
      return latencyMs
    },
    cut() {
      isCut = true
      endConnections()
    },
    restore() {
      isCut = false
    },
    setLatency(ms) {
      latencyMs = ms
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      endConnections()
      await closed
    },
  }
}

/** Each chunk in its turn, held up by what the latency is when it comes. */
async function forward(
  from: Socket,
  to: Socket,
  latencyMs: () => number,
  clock: Clock,
): Promise<void> {
  for await (const chunk of from) {
    const delayMs = latencyMs()
    if (delayMs > 0) await sleep(clock, delayMs)
    if (!to.write(chunk as Uint8Array)) await once(to, 'drain')
  }
  to.end()
}
