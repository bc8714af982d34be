import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../runtime/clock.ts'
import { type Link, openLink } from './link.ts'

let server: Server
let link: Link
beforeEach(async () => {
  server = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const options = { targetUrl: `http://127.0.0.1:${port}`, host: '127.0.0.1' }
  link = await openLink(options, { clock: systemClock })
})
afterEach(async () => {
  await link.close()
  server.closeAllConnections()
  server.close()
})

async function echo(text: string): Promise<string> {
  return (await fetch(link.rpcUrl, { method: 'POST', body: text })).text()
}

test('passes requests and answers on, however long', async () => {
  const text = 'takt'.repeat(500_000)
  expect(await echo(text)).toBe(text)
})

test('carries WebSocket connections, and ends them when it is cut', async () => {
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => socket.send('hello'))
  const socket = new WebSocket(link.wsUrl)
  const [message] = await once(socket, 'message')
  expect(String(message)).toBe('hello')
  const closed = once(socket, 'close')
  link.cut()
  await closed
})

test('refuses everything while it is cut, and works again afterwards', async () => {
  expect(await echo('a')).toBe('a')
  link.cut()
  await expect(echo('b')).rejects.toThrow()
  await expect(echo('c')).rejects.toThrow()
  link.restore()
  expect(await echo('d')).toBe('d')
})

test('holds requests up by the latency that it is given', async () => {
  link.setLatency(80)
  const startedMs = performance.now()
  await echo('slowly')
  expect(performance.now() - startedMs).toBeGreaterThan(75)
})

test('passes on that the server cannot be reached', async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await expect(echo('nobody')).rejects.toThrow()
})
