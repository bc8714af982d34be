import { type Fork, type ForkSchedule, isForkActive } from '../../chain/forks.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import { EngineApiError, engineErrorCodes } from '../../protocol/engineApiError.ts'
import type { ExecutionPayload, PayloadAttributes } from '../../protocol/payload.ts'
import type { GetPayloadVersion, NewPayloadVersion } from '../../protocol/payloadJson.ts'

export type ForkchoiceVersion = 1 | 2 | 3

/** The forks for which a method version may be called: from one on, until before another. */
interface Era {
  readonly from: Fork
  readonly until: Fork | undefined
}

const attributesEras: Readonly<Record<ForkchoiceVersion, Era>> = {
  1: { from: 'bedrock', until: 'canyon' },
  2: { from: 'bedrock', until: 'ecotone' },
  3: { from: 'ecotone', until: undefined },
}

const getPayloadEras: Readonly<Record<1 | GetPayloadVersion, Era>> = {
  1: { from: 'bedrock', until: 'canyon' },
  2: { from: 'bedrock', until: 'ecotone' },
  3: { from: 'ecotone', until: 'isthmus' },
  4: { from: 'isthmus', until: 'karst' },
  5: { from: 'karst', until: undefined },
}

const newPayloadEras: Readonly<Record<1 | NewPayloadVersion, Era>> = {
  1: { from: 'bedrock', until: 'canyon' },
  2: { from: 'bedrock', until: 'ecotone' },
  3: { from: 'ecotone', until: 'isthmus' },
  4: { from: 'isthmus', until: undefined },
}

/**
 * Checks that attributes have the fields of their fork and came by the right method version.
 *
 * @throws {EngineApiError} -38003 for a field too many or too few, -38005 for the wrong version.
 */
export function assertAttributesVersion(
  schedule: ForkSchedule,
  version: ForkchoiceVersion,
  attributes: PayloadAttributes,
): void {
  const { timestamp, withdrawals, parentBeaconBlockRoot } = attributes
  const invalid = (message: string) =>
    new EngineApiError(
      engineErrorCodes.invalidPayloadAttributes,
      `Invalid payload attributes: ${message}`,
    )
  if (version < 3 && parentBeaconBlockRoot !== undefined) throw invalid('unexpected beacon root')
  if (version === 3 && parentBeaconBlockRoot === undefined) throw invalid('missing beacon root')
  assertEra(schedule, `forkchoiceUpdatedV${version}`, attributesEras[version], timestamp)
  const isCanyon = isForkActive(schedule, 'canyon', timestamp)
  if (isCanyon && withdrawals === undefined) throw invalid('missing withdrawals')
  if (!isCanyon && withdrawals !== undefined) throw invalid('withdrawals before Canyon')
}

/** @throws {EngineApiError} -38005 when that version must not be used for a payload of that time. */
export function assertGetPayloadVersion(
  schedule: ForkSchedule,
  version: 1 | GetPayloadVersion,
  timestamp: bigint,
): void {
  assertEra(schedule, `getPayloadV${version}`, getPayloadEras[version], timestamp)
}

/**
 * Checks that a payload has the fields of its fork and came by the right method version.
 *
 * @throws {EngineApiError} -38005 for the wrong version.
 * @throws {RpcError} -32602 for a field too many or too few.
 */
export function assertNewPayloadVersion(
  schedule: ForkSchedule,
  version: 1 | NewPayloadVersion,
  payload: ExecutionPayload,
): void {
  assertEra(schedule, `newPayloadV${version}`, newPayloadEras[version], payload.timestamp)
  for (const [field, fork] of payloadFieldForks) {
    const isDue = isForkActive(schedule, fork, payload.timestamp)
    if (isDue === (payload[field] !== undefined)) continue
    const problem = isDue ? `${field} is missing from ${fork} on` : `${field} before ${fork}`
    throw new RpcError(rpcErrorCodes.invalidParams, `Invalid parameters: ${problem}`)
  }
}

const payloadFieldForks = [
  ['withdrawals', 'canyon'],
  ['blobGasUsed', 'ecotone'],
  ['excessBlobGas', 'ecotone'],
  ['withdrawalsRoot', 'isthmus'],
] as const satisfies readonly (readonly [keyof ExecutionPayload, Fork])[]

function assertEra(schedule: ForkSchedule, method: string, era: Era, timestamp: bigint): void {
  const isTooEarly = !isForkActive(schedule, era.from, timestamp)
  const isTooLate = era.until !== undefined && isForkActive(schedule, era.until, timestamp)
  if (!isTooEarly && !isTooLate) return
  throw new EngineApiError(
    engineErrorCodes.unsupportedFork,
    `Unsupported fork: ${method} is for ${era.from}${
      era.until === undefined ? ' and later' : ` until before ${era.until}`
    }, not for timestamp ${timestamp}`,
  )
}
