import { type Hash, parseHex } from '../../base/hex.ts'
import { parseQuantity } from '../../base/quantity.ts'
import type { ForkSchedule } from '../../chain/forks.ts'
import type {
  EngineApi,
  ForkchoiceState,
  L2Chain,
  PayloadId,
  PayloadStatus,
} from '../../engine/interface.ts'
import type { RpcMethod, RpcMethods } from '../../jsonrpc/dispatch.ts'
import { param } from '../../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import { EngineApiError, engineErrorCodes } from '../../protocol/engineApiError.ts'
import type { ExecutionPayload, PayloadAttributes } from '../../protocol/payload.ts'
import {
  executionPayloadFromJson,
  executionPayloadToJson,
  type GetPayloadVersion,
  type NewPayloadVersion,
  payloadAttributesFromJson,
  payloadEnvelopeFromParams,
  payloadEnvelopeToJson,
} from '../../protocol/payloadJson.ts'
import type { Logger } from '../../runtime/logger.ts'
import {
  decodeProtocolVersion,
  encodeProtocolVersion,
  isNewerVersion,
  supportedProtocolVersion,
} from './protocolVersion.ts'
import {
  assertAttributesVersion,
  assertGetPayloadVersion,
  assertNewPayloadVersion,
  type ForkchoiceVersion,
} from './versions.ts'

/** What the Engine API serves beyond the calls of the node. */
export interface EngineService extends EngineApi {
  /** Timestamp of a payload in the making; `undefined` when there is none of that id. */
  payloadTimestamp(id: PayloadId): bigint | undefined
  /** Wei of tips that a block of ours pays; 0 when it is not in memory any more. */
  blockValue(hash: Hash): bigint
}

export interface EngineMethodsDeps {
  readonly engine: EngineService
  readonly chain: Pick<L2Chain, 'payloadByHash' | 'payloadByNumber'>
  readonly headNumber: () => bigint
  readonly schedule: ForkSchedule
  /** For `engine_getClientVersionV1`. */
  readonly version: string
  readonly logger: Logger
}

const maxBodiesPerRequest = 1024n

/**
 * The methods of the Engine API, to be served behind a JWT.
 *
 * Differs from op-geth: a version that does not fit the timestamp of what it carries is always
 * answered with "unsupported fork", as the Engine API's specification asks.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#engine-api
 */
export function engineMethods(deps: EngineMethodsDeps): RpcMethods {
  const { engine, chain, schedule } = deps

  const forkchoiceUpdated = (version: ForkchoiceVersion) => async (params: unknown[]) => {
    const state = param(params, 0, parseForkchoiceState)
    const attributes = parseAttributes(params[1])
    if (attributes !== undefined) assertAttributesVersion(schedule, version, attributes)
    const { payloadStatus, payloadId } = await engine.forkchoiceUpdated(state, attributes)
    return { payloadStatus: statusToJson(payloadStatus), payloadId: payloadId ?? null }
  }

  const getPayload = (version: 1 | GetPayloadVersion) => async (params: unknown[]) => {
    const id = param(params, 0, (json) => parseHex(json, 8))
    const timestamp = engine.payloadTimestamp(id)
    if (timestamp === undefined) {
      throw new EngineApiError(engineErrorCodes.unknownPayload, 'Unknown payload')
    }
    assertGetPayloadVersion(schedule, version, timestamp)
    const envelope = await engine.getPayload(id, timestamp)
    if (version === 1) return executionPayloadToJson(envelope.executionPayload)
    const value = engine.blockValue(envelope.executionPayload.blockHash)
    return payloadEnvelopeToJson(version, envelope, value)
  }

  const newPayload = (version: 1 | NewPayloadVersion) => async (params: unknown[]) => {
    const envelope =
      version === 1
        ? {
            executionPayload: param(params, 0, executionPayloadFromJson),
            parentBeaconBlockRoot: undefined,
          }
        : payloadEnvelopeFromParams(version, params)
    assertNewPayloadVersion(schedule, version, envelope.executionPayload)
    return statusToJson(await engine.newPayload(envelope))
  }

  const bodiesByHash = async (params: unknown[]) => {
    const hashes = param(params, 0, parseHashes)
    return Promise.all(hashes.map(async (hash) => bodyToJson(await chain.payloadByHash(hash))))
  }

  const bodiesByRange = async (params: unknown[]) => {
    const start = param(params, 0, parseQuantity)
    const count = param(params, 1, parseQuantity)
    if (start === 0n || count === 0n) {
      throw new RpcError(rpcErrorCodes.invalidParams, 'start and count must not be zero')
    }
    if (count > maxBodiesPerRequest) throw tooLarge(count)
    const end = start + count - 1n
    const head = deps.headNumber()
    const last = end < head ? end : head
    const bodies: unknown[] = []
    for (let number = start; number <= last; number++) {
      bodies.push(bodyToJson(await chain.payloadByNumber(number)))
    }
    return bodies
  }

  const methods: RpcMethods = {
    engine_forkchoiceUpdatedV1: forkchoiceUpdated(1),
    engine_forkchoiceUpdatedV2: forkchoiceUpdated(2),
    engine_forkchoiceUpdatedV3: forkchoiceUpdated(3),
    engine_getPayloadV1: getPayload(1),
    engine_getPayloadV2: getPayload(2),
    engine_getPayloadV3: getPayload(3),
    engine_getPayloadV4: getPayload(4),
    engine_getPayloadV5: getPayload(5),
    engine_newPayloadV1: newPayload(1),
    engine_newPayloadV2: newPayload(2),
    engine_newPayloadV3: newPayload(3),
    engine_newPayloadV4: newPayload(4),
    engine_getPayloadBodiesByHashV1: bodiesByHash,
    engine_getPayloadBodiesByRangeV1: bodiesByRange,
    engine_getClientVersionV1: async () => [
      { code: 'TK', name: 'takt', version: deps.version, commit: '0x00000000' },
    ],
    engine_signalSuperchainV1: async (params) => answerSignal(params[0], deps.logger),
  }
  const served = Object.keys(methods)
  return withEngineErrors({ ...methods, engine_exchangeCapabilities: async () => served })
}

/** Errors of the engine keep their own codes on the wire. */
function withEngineErrors(methods: RpcMethods): RpcMethods {
  const wrap =
    (method: RpcMethod): RpcMethod =>
    async (params, context) => {
      try {
        return await method(params, context)
      } catch (error) {
        if (!(error instanceof EngineApiError)) throw error
        throw new RpcError(error.rpcCode, error.rpcMessage)
      }
    }
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, wrap(method)]))
}

function parseForkchoiceState(json: unknown): ForkchoiceState {
  const fields = asObject(json, 'the forkchoice state')
  return {
    headBlockHash: parseHex(fields['headBlockHash'], 32),
    safeBlockHash: parseHex(fields['safeBlockHash'], 32),
    finalizedBlockHash: parseHex(fields['finalizedBlockHash'], 32),
  }
}

function parseAttributes(json: unknown): PayloadAttributes | undefined {
  if (json === undefined || json === null) return undefined
  const { gasLimit } = asObject(json, 'the payload attributes')
  if (gasLimit === undefined || gasLimit === null) {
    throw new EngineApiError(
      engineErrorCodes.invalidPayloadAttributes,
      'Invalid payload attributes: gasLimit parameter is required',
    )
  }
  return payloadAttributesFromJson(json)
}

function asObject(json: unknown, what: string): Record<string, unknown> {
  if (typeof json === 'object' && json !== null) return json as Record<string, unknown>
  throw new RpcError(rpcErrorCodes.invalidParams, `${what} must be an object`)
}

function parseHashes(json: unknown): Hash[] {
  if (!Array.isArray(json)) {
    throw new RpcError(rpcErrorCodes.invalidParams, 'expected a list of block hashes')
  }
  if (json.length > maxBodiesPerRequest) throw tooLarge(json.length)
  return json.map((hash) => parseHex(hash, 32))
}

function tooLarge(count: number | bigint): EngineApiError {
  return new EngineApiError(
    engineErrorCodes.tooLargeRequest,
    `Too large request: ${count} bodies, at most ${maxBodiesPerRequest}`,
  )
}

function statusToJson(status: PayloadStatus): unknown {
  return {
    status: status.status,
    latestValidHash: status.latestValidHash ?? null,
    validationError: status.validationError ?? null,
  }
}

function bodyToJson(
  envelope: { readonly executionPayload: ExecutionPayload } | undefined,
): unknown {
  if (envelope === undefined) return null
  const { transactions, withdrawals } = executionPayloadToJson(envelope.executionPayload)
  return { transactions, withdrawals: withdrawals ?? null }
}

/** Tells the operator when L1 asks for a newer protocol. The engine is never halted by it. */
function answerSignal(json: unknown, logger: Logger): Hash {
  if (json !== undefined && json !== null) {
    const { recommended, required } = asObject(json, 'the signal')
    for (const [name, encoded] of Object.entries({ recommended, required })) {
      const wanted = decodeProtocolVersion(parseHex(encoded, 32))
      if (wanted === undefined || !isNewerVersion(wanted, supportedProtocolVersion)) continue
      const fields = { [name]: wanted, supported: supportedProtocolVersion }
      if (name === 'required') logger.error('L1 requires a newer protocol version', fields)
      else logger.warn('L1 recommends a newer protocol version', fields)
    }
  }
  return encodeProtocolVersion(supportedProtocolVersion)
}
