import { speaksOfBatch } from './batchRefusal.ts'
import type { BatchCall } from './callBatcher.ts'
import { isRateLimit, RpcError } from './rpcError.ts'
import { RpcTransportError } from './rpcTransportError.ts'

/** What came of a request. */
export interface AnsweredCalls {
  /** Calls that got a result, and not an error. */
  readonly results: number
  /** Calls that the server may answer when they come in smaller batches; not settled. Never a call that came alone. */
  readonly unanswered: readonly BatchCall[]
}

/**
 * Hands the answer of one request to the calls that it carried.
 *
 * @throws {RpcError} when the server refuses all of them for now.
 */
export function readAnswers(calls: readonly BatchCall[], answer: unknown): AnsweredCalls {
  const [first] = calls
  if (calls.length === 1) return { results: settle(first!, [answer].flat()[0]), unanswered: [] }
  if (!Array.isArray(answer)) {
    const refusal = answeredError(answer)
    if (refusal !== undefined && isRateLimit(refusal) && !speaksOfBatch(refusal)) throw refusal
    return { results: 0, unanswered: calls }
  }
  const byId = new Map(answer.filter(isObject).map((part) => [part['id'], part]))
  const unanswered: BatchCall[] = []
  let results = 0
  for (const call of calls) {
    const part = byId.get(call.id)
    const error = answeredError(part)
    if (part === undefined || (error !== undefined && speaksOfBatch(error))) unanswered.push(call)
    else results += settle(call, part)
  }
  return { results, unanswered }
}

/** @returns 1 if it is a result. */
function settle(call: BatchCall, answer: unknown): number {
  const problem = problemOf(call, answer)
  if (problem === undefined) call.resolve((answer as { result: unknown }).result)
  else call.reject(problem)
  return problem === undefined ? 1 : 0
}

/** The error that an answer carries, or is. */
function answeredError(answer: unknown): RpcError | undefined {
  if (!isObject(answer) || !isObject(answer['error'])) return undefined
  const { code, message, data } = answer['error'] as Readonly<Record<string, unknown>>
  return new RpcError(
    typeof code === 'number' ? code : 0,
    typeof message === 'string' ? message.slice(0, 1000) : 'no message',
    data,
  )
}

function problemOf(call: BatchCall, answer: unknown): Error | undefined {
  if (!isObject(answer)) return badAnswer(call, 'it is missing')
  const error = answeredError(answer)
  if (error !== undefined) return error
  if (answer['id'] !== call.id) return badAnswer(call, 'it answers another call')
  return answer['result'] === undefined ? badAnswer(call, 'it holds no result') : undefined
}

function badAnswer(call: BatchCall, what: string): RpcTransportError {
  const message = `the answer to ${call.method} cannot be used: ${what}`
  return new RpcTransportError('RPC_BAD_RESPONSE', message, { context: { method: call.method } })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
