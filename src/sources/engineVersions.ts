import { type Fork, type ForkSchedule, isForkActive } from '../chain/forks.ts'
import type { GetPayloadVersion, NewPayloadVersion } from '../protocol/payloadJson.ts'

/** Versions of one Engine API method and the fork that each begins with, oldest first. */
type VersionTable<Version> = readonly (readonly [fork: Fork, version: Version])[]

const forkchoiceUpdated: VersionTable<2 | 3> = [
  ['bedrock', 2],
  ['ecotone', 3],
]
const getPayload: VersionTable<GetPayloadVersion> = [
  ['bedrock', 2],
  ['ecotone', 3],
  ['isthmus', 4],
  ['karst', 5],
]
const newPayload: VersionTable<NewPayloadVersion> = [
  ['bedrock', 2],
  ['ecotone', 3],
  ['isthmus', 4],
]

/**
 * Which version of each Engine API method is for an L2 block of that timestamp.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#engine-api
 */
export const engineVersions = {
  forkchoiceUpdated: (schedule: ForkSchedule, timestamp: bigint) =>
    versionAt(forkchoiceUpdated, schedule, timestamp),
  getPayload: (schedule: ForkSchedule, timestamp: bigint) =>
    versionAt(getPayload, schedule, timestamp),
  newPayload: (schedule: ForkSchedule, timestamp: bigint) =>
    versionAt(newPayload, schedule, timestamp),
}

/** The methods that the blocks of a chain from that timestamp on will need. */
export function neededEngineMethods(schedule: ForkSchedule, timestamp: bigint): readonly string[] {
  const named = <Version>(name: string, table: VersionTable<Version>) => {
    const current = table.findIndex(([, v]) => v === versionAt(table, schedule, timestamp))
    return table
      .slice(current)
      .filter(([fork]) => fork === 'bedrock' || schedule.forkTimes[fork] !== undefined)
      .map(([, version]) => `engine_${name}V${version}`)
  }
  return [
    ...named('forkchoiceUpdated', forkchoiceUpdated),
    ...named('getPayload', getPayload),
    ...named('newPayload', newPayload),
  ]
}

function versionAt<Version>(
  table: VersionTable<Version>,
  schedule: ForkSchedule,
  timestamp: bigint,
): Version {
  // Bedrock, the first row, is always active.
  return table.findLast(([fork]) => isForkActive(schedule, fork, timestamp))![1]
}
