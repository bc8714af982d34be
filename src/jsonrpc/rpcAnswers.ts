import type { BatchCall } from './callBatcher.ts'
import { RpcError } from './rpcError.ts'
import { RpcTransportError } from './rpcTransportError.ts'

/** Hands the answers of one request to the calls that it carried. Settles every call. */
export function readAnswers(calls: readonly BatchCall[], answers: readonly unknown[]): void {
  const byId = new Map(answers.filter(isObject).map((answer) => [answer['id'], answer]))
  for (const call of calls) {
    // The only answer to the only call may carry another id: then the error says so.
    const answer = byId.get(call.id) ?? (calls.length === 1 ? answers[0] : undefined)
    const problem = problemOf(call, answer)
    if (problem === undefined) call.resolve((answer as { result: unknown }).result)
    else call.reject(problem)
  }
}

/** The error that an answer carries, or is. */
export function answeredError(answer: unknown): RpcError | undefined {
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
