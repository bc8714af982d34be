import { DecodeError } from '../base/errors.ts'
import { bytesToHex } from '../base/hex.ts'
import { hashFromJson, JsonFields, sizedBytesFromJson } from '../base/jsonFields.ts'
import type { ForkSchedule } from '../chain/forks.ts'
import type { EngineApi, ForkchoiceUpdated, PayloadId, PayloadStatus } from '../engine/interface.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import {
  newPayloadParams,
  payloadAttributesToJson,
  payloadEnvelopeFromJson,
} from '../protocol/payloadJson.ts'
import { engineVersions } from './engineVersions.ts'
import { sourceError } from './sourceError.ts'

/**
 * The Engine API of an engine in another process.
 *
 * @param options.schedule - Forks of the chain: they decide the method versions.
 * @param deps.rpc - With the JWT secret and a single attempt: whoever calls decides on repeating.
 */
export function createEngineClient(
  options: { readonly schedule: ForkSchedule },
  deps: { readonly rpc: JsonRpcClient },
): EngineApi {
  const { schedule } = options

  async function call<T>(
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    try {
      return parse(await deps.rpc.request(method, params, { signal }))
    } catch (error) {
      if (error instanceof RpcError) throw toEngineError(error)
      throw sourceError(error, 'ENGINE', 'the L2 engine')
    }
  }

  return {
    forkchoiceUpdated(state, attributes, signal) {
      // Without attributes the versions do not differ; every engine of today serves the newest.
      const version =
        attributes === undefined
          ? 3
          : engineVersions.forkchoiceUpdated(schedule, attributes.timestamp)
      const json = attributes === undefined ? null : payloadAttributesToJson(attributes)
      const method = `engine_forkchoiceUpdatedV${version}`
      return call(method, [state, json], forkchoiceUpdatedFromJson, signal)
    },
    getPayload(id, timestamp, signal) {
      const version = engineVersions.getPayload(schedule, timestamp)
      return call(`engine_getPayloadV${version}`, [id], payloadEnvelopeFromJson, signal)
    },
    newPayload(envelope, signal) {
      const version = engineVersions.newPayload(schedule, envelope.executionPayload.timestamp)
      const params = newPayloadParams(version, envelope)
      return call(`engine_newPayloadV${version}`, params, payloadStatusFromJson, signal)
    },
  }
}

/** geth and reth keep the message that the Engine API names for a code, and say beside it what happened. */
function toEngineError(error: RpcError): EngineApiError {
  const details = (error.data as { err?: unknown } | null | undefined)?.err
  const words = typeof details === 'string' ? `: ${details.slice(0, 1000)}` : ''
  return new EngineApiError(error.rpcCode, error.shortMessage + words, error)
}

function forkchoiceUpdatedFromJson(json: unknown): ForkchoiceUpdated {
  const fields = new JsonFields(json, 'forkchoiceUpdated', 'ENGINE_JSON')
  return {
    payloadStatus: fields.read('payloadStatus', payloadStatusFromJson),
    payloadId: fields.readOptional('payloadId', payloadIdFromJson),
  }
}

function payloadStatusFromJson(json: unknown): PayloadStatus {
  const fields = new JsonFields(json, 'payload status', 'ENGINE_JSON')
  return {
    status: fields.read('status', statusFromJson),
    latestValidHash: fields.readOptional('latestValidHash', hashFromJson),
    validationError: fields.readOptional('validationError', String),
  }
}

function payloadIdFromJson(json: unknown): PayloadId {
  return bytesToHex(sizedBytesFromJson(8)(json))
}

const statuses: readonly unknown[] = [
  'VALID',
  'INVALID',
  'SYNCING',
  'ACCEPTED',
  'INVALID_BLOCK_HASH',
] satisfies PayloadStatus['status'][]

function statusFromJson(json: unknown): PayloadStatus['status'] {
  if (statuses.includes(json)) return json as PayloadStatus['status']
  throw new DecodeError('ENGINE_STATUS', `unknown status ${JSON.stringify(json)}`)
}
