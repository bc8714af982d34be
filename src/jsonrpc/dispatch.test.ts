import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../runtime/logger.ts'
import { dispatch, type RpcContext } from './dispatch.ts'

const context: RpcContext = { signal: new AbortController().signal, notify: undefined }
const answer = (text: string) =>
  dispatch(
    text,
    context,
    { methods: { echo: async (params) => params }, maxBatchSize: 5 },
    { logger: silentLogger },
  )

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
