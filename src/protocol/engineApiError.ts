import { TaktError } from '../base/errors.ts'

/**
 * JSON-RPC error codes of the Engine API.
 *
 * @see https://github.com/ethereum/execution-apis/blob/main/src/engine/common.md#errors
 */
export const engineErrorCodes = {
  unknownPayload: -38001,
  invalidForkchoiceState: -38002,
  invalidPayloadAttributes: -38003,
  tooLargeRequest: -38004,
  unsupportedFork: -38005,
} as const

/** The engine answered with a JSON-RPC error. What it means depends on the call, so it has no severity. */
export class EngineApiError extends TaktError {
  readonly rpcCode: number
  /** The engine's own words. */
  readonly rpcMessage: string

  constructor(rpcCode: number, message: string, cause?: unknown) {
    super('ENGINE_API', `engine answered ${rpcCode}: ${message}`, { context: { rpcCode }, cause })
    this.rpcCode = rpcCode
    this.rpcMessage = message
  }
}
