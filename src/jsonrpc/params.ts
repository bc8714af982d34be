import { DecodeError } from '../base/errors.ts'
import { RpcError, rpcErrorCodes } from './rpcError.ts'

/**
 * The parameter at `index`.
 *
 * @throws {RpcError} -32602 when it is missing or malformed.
 */
export function param<T>(params: readonly unknown[], index: number, parse: Parser<T>): T {
  const value = optionalParam(params, index, parse)
  if (value === undefined) throw invalidParams(`missing value for required argument ${index}`)
  return value
}

/** The same for a parameter that may be left out or `null`. @throws {RpcError} -32602 */
export function optionalParam<T>(
  params: readonly unknown[],
  index: number,
  parse: Parser<T>,
): T | undefined {
  const json = params[index]
  if (json === undefined || json === null) return undefined
  try {
    return parse(json)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw invalidParams(`invalid argument ${index}: ${error.shortMessage}`)
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError(rpcErrorCodes.invalidParams, message)
}

/** Reads one value, or throws a {@link DecodeError} that says what is wrong with it. */
export type Parser<T> = (json: unknown) => T
