import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { ChainError } from '../base/errors.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { systemClock } from '../runtime/clock.ts'
import type { LogFields } from '../runtime/logger.ts'
import { silentLogger } from '../runtime/logger.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { l1Chain, newHead, type RpcL1Block } from '../testing/rpcL1.ts'
import type { L1Client, L1Label } from './l1Client.ts'
import { type L1WatcherOptions, runL1Watcher } from './l1Watcher.ts'

const toRef = ({ hash, header }: RpcL1Block): L1BlockRef => ({
  hash,
  number: header.number,
  parentHash: header.parentHash,
  timestamp: header.timestamp,
})

const chain = l1Chain(6)
const fork = l1Chain(3, chain[2], 1)

/** A watcher on a clock that stands still, over an L1 that a test changes at will. */
function watch(overrides: Partial<L1WatcherOptions> = {}) {
  const clock = new ManualClock(0)
  const stop = new AbortController()
  const state: Partial<Record<L1Label, RpcL1Block>> & { error?: Error } = { latest: chain[1]! }
  const seen = { heads: [] as bigint[], safe: [] as bigint[], finalized: [] as bigint[] }
  const lines: string[] = []
  let polls = 0
  const log = (message: string, fields?: LogFields) =>
    void lines.push(`${message} ${fields?.['for'] ?? ''}`.trim())
  const l1: Pick<L1Client, 'blockRefByLabel' | 'admitHeader'> = {
    async blockRefByLabel(label) {
      if (label === 'latest') polls++
      if (state.error !== undefined) throw state.error
      const block = state[label]
      return block && toRef(block)
    },
    admitHeader: () => {
      throw new Error('no subscription in this test')
    },
  }
  const running = runL1Watcher(
    { wsUrl: undefined, pollIntervalMs: 1_000, epochPollIntervalMs: 12_000, ...overrides },
    {
      l1,
      clock,
      random: () => 0,
      logger: { ...silentLogger, info: log, warn: log },
      onHead: ({ number }) => seen.heads.push(number),
      onSafe: ({ number }) => seen.safe.push(number),
      onFinalized: ({ number }) => seen.finalized.push(number),
    },
    stop.signal,
  )
  return { clock, state, seen, lines, running, polls: () => polls, stop }
}

describe('L1 watcher', () => {
  it('tells each head once', async () => {
    const { clock, state, seen } = watch()
    await clock.advance(2_500)
    state.latest = chain[2]!
    await clock.advance(3_000)
    expect(seen.heads).toEqual([1n, 2n])
  })

  it('tells safe and finalized blocks when there are any', async () => {
    const { clock, state, seen } = watch()
    await clock.advance(12_000)
    expect(seen).toMatchObject({ safe: [], finalized: [] })
    state.safe = chain[1]!
    state.finalized = chain[0]!
    await clock.advance(24_000)
    expect(seen).toMatchObject({ safe: [1n], finalized: [0n] })
  })

  it.each([
    ['a lower number', chain[4]!, fork[0]!],
    ['the same number', chain[4]!, fork[1]!],
    ['the next number on another parent', chain[4]!, fork[2]!],
  ])('tells the head that replaces another, of %s', async (_, before, after) => {
    const { clock, state, seen, lines } = watch()
    state.latest = before
    await clock.advance(1_000)
    state.latest = after
    await clock.advance(1_000)
    expect(seen.heads.slice(1)).toEqual([before.header.number, after.header.number])
    expect(lines).toEqual(['L1 head was replaced'])
  })

  it('does not take progress for a reorg', async () => {
    const { clock, state, lines } = watch()
    for (const block of chain.slice(2)) {
      state.latest = block
      await clock.advance(1_000)
    }
    expect(lines).toEqual([])
  })

  it('asks on through an outage, and logs its beginning and end', async () => {
    const { clock, state, seen, lines, polls } = watch()
    await clock.advance(500)
    state.error = new ChainError('temporary', 'L1_UNREACHABLE', 'gone')
    await clock.advance(60_000)
    const asked = polls()
    expect(asked).toBeGreaterThan(20)
    expect(asked).toBeLessThan(60)
    delete state.error
    state.latest = chain[5]!
    await clock.advance(4_000)
    expect(seen.heads).toEqual([1n, 5n])
    expect(lines.filter((line) => line.endsWith('L1 head'))).toEqual([
      'L1 does not answer, asking on L1 head',
      'L1 answers again L1 head',
    ])
  })

  it('ends with what is not an outage', async () => {
    const { state, running, clock } = watch()
    const failed = expect(running).rejects.toThrow('a fault of our own')
    state.error = new Error('a fault of our own')
    await clock.advance(15_000)
    await failed
    expect(clock.sleeping).toBe(0)
  })

  it('ends when told to, and leaves no timer', async () => {
    const { stop, running, clock } = watch()
    await clock.advance(100)
    stop.abort(new Error('stop'))
    await running
    expect(clock.sleeping).toBe(0)
  })

  it('polls four times in the block time that L1 shows', async () => {
    const { clock, state, polls } = watch({ pollIntervalMs: undefined })
    await clock.advance(3_000)
    state.latest = {
      ...chain[2]!,
      header: { ...chain[2]!.header, timestamp: chain[1]!.header.timestamp + 2n },
    }
    await clock.advance(3_000)
    const before = polls()
    await clock.advance(10_000)
    expect(polls() - before).toBe(20)
  })
})

describe('L1 watcher with a subscription', () => {
  it('hears of heads at once, and polls while the subscription is broken', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    const subscribed: ((block: RpcL1Block) => void)[] = []
    let connected = Promise.withResolvers<void>()
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        const { id, method, params } = JSON.parse(String(data))
        expect([method, params]).toEqual(['eth_subscribe', ['newHeads']])
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: '0x5' }))
        subscribed.push((block) => {
          const params = { subscription: '0x5', result: newHead(block) }
          socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }))
        })
        connected.resolve()
      })
    })
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }

    let latest = chain[0]!
    let heard = Promise.withResolvers<bigint>()
    const stop = new AbortController()
    const byJson = new Map(chain.map((block) => [JSON.stringify(newHead(block)), block]))
    const running = runL1Watcher(
      { wsUrl: `ws://127.0.0.1:${port}`, pollIntervalMs: 60_000, epochPollIntervalMs: 60_000 },
      {
        l1: {
          blockRefByLabel: async (label) => (label === 'latest' ? toRef(latest) : undefined),
          admitHeader: (json) => toRef(byJson.get(JSON.stringify(json))!),
        },
        clock: systemClock,
        random: () => 0,
        logger: silentLogger,
        onHead: ({ number }) => heard.resolve(number),
        onSafe: () => {},
        onFinalized: () => {},
      },
      stop.signal,
    )
    const nextHead = async () => {
      const number = await heard.promise
      heard = Promise.withResolvers()
      return number
    }
    expect(await nextHead()).toBe(0n)
    await connected.promise
    subscribed[0]!(chain[1]!)
    expect(await nextHead()).toBe(1n)

    latest = chain[3]!
    connected = Promise.withResolvers()
    for (const socket of server.clients) socket.terminate()
    expect(await nextHead()).toBe(3n)
    await connected.promise
    subscribed[1]!(chain[4]!)
    expect(await nextHead()).toBe(4n)

    stop.abort()
    await running
    await new Promise((resolve) => server.close(resolve))
  })
})
