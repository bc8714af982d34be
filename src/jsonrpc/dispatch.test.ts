import { describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { nextTurn } from '../runtime/nextTurn.ts'
import { Turnstile } from '../runtime/turnstile.ts'
import { fc } from '../testing/seededCheck.ts'
import { dispatch, type RpcContext, type RpcMethods } from './dispatch.ts'

const context: RpcContext = { signal: new AbortController().signal, notify: undefined }
const answer = (
  text: string,
  methods: RpcMethods = { echo: async (params) => params },
  signal = context.signal,
) =>
  dispatch(
    text,
    { ...context, signal },
    { methods, maxBatchSize: 1_000, maxBatchAnswerLength: 10_000 },
    { clock: systemClock, logger: silentLogger },
  )
const batchOf = (size: number) =>
  JSON.stringify(Array.from({ length: size }, (_, id) => ({ jsonrpc: '2.0', id, method: 'work' })))

describe('dispatch', () => {
  it('answers JSON to any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const answered = await answer(text)
        if (answered !== undefined) JSON.parse(answered)
      }),
    )
  })

  it('answers every call under its id, whatever the others are', async () => {
    const call = fc.record(
      {
        jsonrpc: fc.constantFrom('2.0', '1.0'),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        method: fc.constantFrom('echo', 'other', '__proto__'),
        params: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: ['id'] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 5 }), async (calls) => {
        const answers = JSON.parse((await answer(JSON.stringify(calls)))!) as { id: unknown }[]
        expect(answers.map(({ id }) => id)).toEqual(calls.map(({ id }) => id))
      }),
    )
  })
})

describe('many messages at once', () => {
  it('together take a slice of each turn, so that one without turns to wait for overtakes them', async () => {
    let nowMs = 0
    const turns = new Turnstile(5, { now: () => nowMs })
    const done: string[] = []
    const methods: RpcMethods = {
      user: async () => {
        nowMs++
        done.push('user')
      },
      engine: async () => done.push('engine'),
    }
    const options = { methods, maxBatchSize: 1_000, maxBatchAnswerLength: 10_000 }
    const deps = { clock: systemClock, logger: silentLogger }
    const send = (method: string, own: object) =>
      dispatch(
        `{"jsonrpc":"2.0","id":1,"method":"${method}"}`,
        context,
        { ...options, ...own },
        deps,
      )
    const users = Array.from({ length: 500 }, () => send('user', { turns }))
    await nextTurn()
    await nextTurn()
    await send('engine', {})
    await Promise.all(users)
    expect(done.filter((name) => name === 'user')).toHaveLength(500)
    expect(done.indexOf('engine')).toBeLessThanOrEqual(15)
  })
})

describe('a batch', () => {
  it('lets others have their turn', async () => {
    let rounds = 0
    let isRunning = true
    const others = (async () => {
      for (; isRunning; rounds++) await nextTurn()
    })()
    const work = async () => {
      const endMs = performance.now() + 1
      while (performance.now() < endMs);
    }
    await answer(batchOf(60), { work })
    isRunning = false
    await others
    expect(rounds).toBeGreaterThan(10)
  })

  it('is refused from where its answers get too large', async () => {
    const text = await answer(batchOf(10), { work: async () => 'x'.repeat(4_000) })
    const answers = JSON.parse(text!) as { id: number; error?: { code: number } }[]
    expect(answers.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const codes = answers.map(({ error }) => error?.code)
    expect(codes.slice(0, 3)).toEqual([undefined, undefined, undefined])
    expect(new Set(codes.slice(3))).toEqual(new Set([-32005]))
  })

  it('ends when the client is gone', async () => {
    const client = new AbortController()
    let calls = 0
    const work = async () => {
      if (++calls === 3) client.abort()
    }
    await answer(batchOf(10), { work }, client.signal)
    expect(calls).toBe(3)
  })

  it('does not count a call as failed whose client is gone', async () => {
    const client = new AbortController()
    const work: RpcMethods['work'] = async (_, { signal }) => {
      client.abort()
      signal.throwIfAborted()
    }
    const failures: unknown[] = []
    const logger = { ...silentLogger, error: (...entry: unknown[]) => void failures.push(entry) }
    const answered = await dispatch(
      '{"jsonrpc":"2.0","id":1,"method":"work"}',
      { ...context, signal: client.signal },
      { methods: { work }, maxBatchSize: 1, maxBatchAnswerLength: 100 },
      { clock: systemClock, logger },
    )
    expect(answered).toBeUndefined()
    expect(failures).toEqual([])
  })
})
