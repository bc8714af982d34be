import { describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import { classifyError, classifyStatus, type EngineCall, type EngineVerdict } from './classify.ts'

const unreachable = new ChainError('temporary', 'ENGINE_UNREACHABLE', 'no answer')

describe('an error in answer to', () => {
  const table: Record<EngineCall, [unknown, EngineVerdict][]> = {
    startBuild: [
      [-38002, 'reset'],
      [-38003, 'invalid'],
      [-38001, 'reset'],
      [-38004, 'reset'],
      [-38005, 'reset'],
      [-32000, 'temporary'],
      [-32603, 'temporary'],
      [unreachable, 'temporary'],
      [new TypeError('bug'), 'temporary'],
    ],
    forkchoice: [
      [-38002, 'reset'],
      [-38001, 'temporary'],
      [-38003, 'temporary'],
      [-32000, 'temporary'],
      [unreachable, 'temporary'],
    ],
    newPayload: [
      [-38002, 'temporary'],
      [-38005, 'temporary'],
      [-32000, 'temporary'],
      [unreachable, 'temporary'],
    ],
  }
  for (const [call, rows] of Object.entries(table)) {
    for (const [given, verdict] of rows) {
      const error = typeof given === 'number' ? new EngineApiError(given, 'scripted') : given
      it(`${call}: ${typeof given === 'number' ? given : (given as Error).name} is ${verdict}`, () => {
        expect(classifyError(call as EngineCall, error)).toBe(verdict)
      })
    }
  }
})

describe('a status', () => {
  it.each([
    ['VALID', 'ok', 'ok'],
    ['INVALID', 'invalid', 'reset'],
    ['INVALID_BLOCK_HASH', 'invalid', 'reset'],
    ['SYNCING', 'syncing', 'reset'],
    ['ACCEPTED', 'temporary', 'reset'],
  ] as const)('%s of a block is %s, of the head that we follow %s', (status, ofBlock, ofHead) => {
    expect(classifyStatus('newPayload', status)).toBe(ofBlock)
    expect(classifyStatus('startBuild', status)).toBe(ofBlock)
    expect(classifyStatus('forkchoice', status)).toBe(ofHead)
  })
})
