import { DecodeError, TaktError } from '../base/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { StepBudget } from '../runtime/stepBudget.ts'
import type { Turnstile } from '../runtime/turnstile.ts'
import { RpcError, rpcErrorCodes } from './rpcError.ts'

/** What a method may know of the connection that its call came over. */
export interface RpcContext {
  /** Aborts when the client is gone, or the server closes. */
  readonly signal: AbortSignal
  /**
   * Sends a notification, such as `eth_subscription`, to this client. `undefined` over HTTP, which
   * cannot carry any. A client that does not read is disconnected; sending to a gone client is
   * harmless, and `signal` says when to stop.
   */
  readonly notify: ((method: string, params: unknown) => void) | undefined
}

/**
 * One method. Its result is written as JSON, `undefined` as `null`.
 *
 * @throws {RpcError} to answer with exactly that error; a `DecodeError` answers "invalid params";
 * anything else is logged and answers "internal error".
 */
export type RpcMethod = (params: unknown[], context: RpcContext) => Promise<unknown>

/** Methods by wire name. */
export type RpcMethods = Readonly<Record<string, RpcMethod>>

export interface DispatchOptions {
  readonly methods: RpcMethods
  /** Calls in one batch. */
  readonly maxBatchSize: number
  /** Characters of answers to one batch. Once there are more, the calls that are left are refused. */
  readonly maxBatchAnswerLength: number
  /** Where each message, and each call of a batch, waits for its turn. Without it they begin at once. */
  readonly turns?: Turnstile | undefined
}

export interface DispatchDeps {
  readonly clock: Clock
  readonly logger: Logger
}

// A batch of cheap calls can be long: others get a turn this often.
const stepBudgetMs = 2

/**
 * Answers one JSON-RPC 2.0 message, single or batch. The calls of a batch run one after the other, as long as the
 * client is there.
 *
 * @returns JSON text; `undefined` when the message holds only notifications.
 */
export async function dispatch(
  text: string,
  context: RpcContext,
  options: DispatchOptions,
  deps: DispatchDeps,
): Promise<string | undefined> {
  await options.turns?.pass()
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return errorText(null, new RpcError(rpcErrorCodes.parseError, 'the request is not valid JSON'))
  }
  if (!Array.isArray(message)) return answer(message, context, options, deps.logger)
  if (message.length === 0) return errorText(null, invalidRequest('the batch is empty'))
  if (message.length > options.maxBatchSize) {
    const size = `the batch holds ${message.length} calls, the limit is ${options.maxBatchSize}`
    return errorText(null, invalidRequest(size))
  }
  return answerBatch(message, context, options, deps)
}

/** The JSON text of an error response. */
export function errorText(id: unknown, error: RpcError): string {
  const { rpcCode: code, shortMessage: message, data } = error
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } })
}

async function answerBatch(
  batch: readonly unknown[],
  context: RpcContext,
  options: DispatchOptions,
  { clock, logger }: DispatchDeps,
): Promise<string | undefined> {
  const answers: string[] = []
  let length = 0
  const turns = options.turns ?? new StepBudget(stepBudgetMs, clock)
  for (const value of batch) {
    if (context.signal.aborted) break
    const text =
      length > options.maxBatchAnswerLength
        ? refuse(value)
        : await answer(value, context, options, logger)
    if (text === undefined) continue
    answers.push(text)
    length += text.length
    await turns.pauseWhenSpent()
  }
  return answers.length > 0 ? `[${answers.join(',')}]` : undefined
}

function refuse(call: unknown): string | undefined {
  const id = callId(call)
  if (id === undefined) return undefined
  const error = 'the answers to this batch are too large: ask for less at once'
  return errorText(id, new RpcError(rpcErrorCodes.limitExceeded, error))
}

interface Call {
  readonly id: string | number | null | undefined
  readonly method: string
  readonly params: unknown[]
}

async function answer(
  value: unknown,
  context: RpcContext,
  options: DispatchOptions,
  logger: Logger,
): Promise<string | undefined> {
  let call: Call
  try {
    call = parseCall(value)
  } catch (error) {
    return errorText(callId(value) ?? null, error as RpcError)
  }
  try {
    const method = Object.hasOwn(options.methods, call.method)
      ? options.methods[call.method]
      : undefined
    if (method === undefined) throw methodNotFound(call.method)
    const result = (await method(call.params, context)) ?? null
    if (call.id === undefined) return undefined
    return `{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},"result":${JSON.stringify(result)}}`
  } catch (error) {
    // The caller has gone, and took the work along: nothing has failed.
    if (context.signal.aborted && error === context.signal.reason) return undefined
    const rpcError = toRpcError(error, call.method, logger)
    return call.id === undefined ? undefined : errorText(call.id, rpcError)
  }
}

function parseCall(value: unknown): Call {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidRequest('a call must be an object')
  }
  const { jsonrpc, method, params = [] } = value as Record<string, unknown>
  if (jsonrpc !== '2.0') throw invalidRequest('a call must carry "jsonrpc": "2.0"')
  if (typeof method !== 'string') throw invalidRequest('a call must name its method')
  const id = callId(value)
  if (id === undefined && Object.hasOwn(value, 'id')) {
    throw invalidRequest('the id of a call must be a string, a number or null')
  }
  if (params === null) return { id, method, params: [] }
  if (!Array.isArray(params)) {
    throw new RpcError(rpcErrorCodes.invalidParams, 'params must be an array')
  }
  return { id, method, params }
}

function callId(value: unknown): Call['id'] {
  if (typeof value !== 'object' || value === null) return undefined
  const { id } = value as Record<string, unknown>
  return typeof id === 'string' || typeof id === 'number' || id === null ? id : undefined
}

function toRpcError(error: unknown, method: string, logger: Logger): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof DecodeError) {
    return new RpcError(rpcErrorCodes.invalidParams, error.shortMessage)
  }
  logger.error('JSON-RPC method failed', { method, error })
  const message = error instanceof TaktError ? error.shortMessage : 'internal error'
  return new RpcError(rpcErrorCodes.internalError, message)
}

function invalidRequest(message: string): RpcError {
  return new RpcError(rpcErrorCodes.invalidRequest, message)
}

function methodNotFound(method: string): RpcError {
  const name = method.length > 80 ? `${method.slice(0, 80)}…` : method
  return new RpcError(
    rpcErrorCodes.methodNotFound,
    `the method ${name} does not exist or is not enabled`,
  )
}
