import { describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import { classifyError, classifyStatus, type EngineCall, type EngineVerdict } from './classify.ts'
import type { PayloadStatus } from './interface.ts'

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
    getPayload: [
      [-38001, 'expired'],
      [-38002, 'expired'],
      [-32000, 'expired'],
      [unreachable, 'expired'],
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

describe('a status in answer to', () => {
  type Row = Record<PayloadStatus['status'], EngineVerdict>
  const table: Record<Exclude<EngineCall, 'getPayload'>, Row> = {
    startBuild: {
      VALID: 'ok',
      INVALID: 'invalid',
      INVALID_BLOCK_HASH: 'invalid',
      SYNCING: 'syncing',
      ACCEPTED: 'temporary',
    },
    forkchoice: {
      VALID: 'ok',
      INVALID: 'reset',
      INVALID_BLOCK_HASH: 'reset',
      SYNCING: 'reset',
      ACCEPTED: 'reset',
    },
    newPayload: {
      VALID: 'ok',
      INVALID: 'invalid',
      INVALID_BLOCK_HASH: 'invalid',
      SYNCING: 'syncing',
      ACCEPTED: 'temporary',
    },
  }
  for (const [call, row] of Object.entries(table)) {
    for (const [status, verdict] of Object.entries(row)) {
      it(`${call}: ${status} is ${verdict}`, () => {
        const typed = call as keyof typeof table
        expect(classifyStatus(typed, status as PayloadStatus['status'])).toBe(verdict)
      })
    }
  }
})
