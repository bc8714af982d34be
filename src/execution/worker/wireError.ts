import {
  ChainError,
  ConfigError,
  DecodeError,
  type Severity,
  TaktError,
} from '../../base/errors.ts'
import { EngineApiError } from '../../protocol/engineApiError.ts'

/** An error as plain data: structured clone would strip its class and its own properties. */
export interface WireError {
  readonly class: 'EngineApiError' | 'ChainError' | 'ConfigError' | 'DecodeError' | 'TaktError'
  readonly code: string
  readonly message: string
  readonly stack: string | undefined
  readonly context: Readonly<Record<string, unknown>>
  readonly alsoWrong: readonly string[]
  readonly metaMessages: readonly string[]
  readonly docsPath: string | undefined
  /** Of a ChainError. */
  readonly severity: Severity | undefined
  /** Of a ConfigError. */
  readonly exitCode: number | undefined
  /** Of an EngineApiError. */
  readonly rpcCode: number | undefined
}

/** Any thrown value as data. What is no {@link TaktError} becomes one with code `ENGINE_INTERNAL`. */
export function errorToWire(error: unknown): WireError {
  const stack = error instanceof Error ? error.stack : undefined
  const none = { severity: undefined, exitCode: undefined, rpcCode: undefined }
  if (!(error instanceof TaktError)) {
    const message = error instanceof Error ? error.message : String(error)
    const plain = { context: {}, alsoWrong: [], metaMessages: [], docsPath: undefined, ...none }
    return { class: 'TaktError', code: 'ENGINE_INTERNAL', message, stack, ...plain }
  }
  const { code, context, alsoWrong, metaMessages, docsPath } = error
  const wire = {
    code,
    message: error.shortMessage,
    stack,
    context,
    alsoWrong,
    metaMessages,
    docsPath,
    ...none,
  }
  if (error instanceof EngineApiError) {
    return { ...wire, class: 'EngineApiError', message: error.rpcMessage, rpcCode: error.rpcCode }
  }
  if (error instanceof ChainError) return { ...wire, class: 'ChainError', severity: error.severity }
  if (error instanceof ConfigError) {
    return { ...wire, class: 'ConfigError', exitCode: error.exitCode }
  }
  return { ...wire, class: error instanceof DecodeError ? 'DecodeError' : 'TaktError' }
}

/** The inverse of {@link errorToWire}, with the stack of the thread that threw. */
export function errorFromWire(wire: WireError): TaktError {
  const error = rebuild(wire)
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

function rebuild(wire: WireError): TaktError {
  const { code, message, context, alsoWrong, metaMessages } = wire
  const docs = wire.docsPath === undefined ? {} : { docsPath: wire.docsPath }
  const options = { context, alsoWrong, metaMessages, ...docs }
  switch (wire.class) {
    case 'EngineApiError':
      return new EngineApiError(wire.rpcCode!, message)
    case 'ChainError':
      return new ChainError(wire.severity!, code, message, options)
    case 'ConfigError':
      return new ConfigError(wire.exitCode!, code, message, options)
    case 'DecodeError':
      return new DecodeError(code, message, options)
    case 'TaktError':
      return new TaktError(code, message, options)
  }
}
