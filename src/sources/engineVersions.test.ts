import { describe, expect, it } from 'vitest'
import { type Fork, forkTimesUpTo } from '../chain/forks.ts'
import { engineVersions, neededEngineMethods } from './engineVersions.ts'

describe('Engine API versions', () => {
  it.each<[Fork, number, number, number]>([
    ['bedrock', 2, 2, 2],
    ['delta', 2, 2, 2],
    ['ecotone', 3, 3, 3],
    ['holocene', 3, 3, 3],
    ['isthmus', 3, 4, 4],
    ['jovian', 3, 4, 4],
    ['karst', 3, 5, 4],
  ])('%s: forkchoiceUpdatedV%i, getPayloadV%i, newPayloadV%i', (fork, forkchoice, get, put) => {
    const schedule = { forkTimes: forkTimesUpTo(fork) }
    expect(engineVersions.forkchoiceUpdated(schedule, 100n)).toBe(forkchoice)
    expect(engineVersions.getPayload(schedule, 100n)).toBe(get)
    expect(engineVersions.newPayload(schedule, 100n)).toBe(put)
  })

  it('change at the timestamp of the fork', () => {
    const schedule = { forkTimes: { ...forkTimesUpTo('jovian'), karst: 100n } }
    expect(engineVersions.getPayload(schedule, 99n)).toBe(4)
    expect(engineVersions.getPayload(schedule, 100n)).toBe(5)
  })

  it('are needed from the current one to that of the last scheduled fork', () => {
    const schedule = { forkTimes: { ...forkTimesUpTo('holocene'), isthmus: 100n } }
    expect(neededEngineMethods(schedule, 50n)).toEqual([
      'engine_forkchoiceUpdatedV3',
      'engine_getPayloadV3',
      'engine_getPayloadV4',
      'engine_newPayloadV3',
      'engine_newPayloadV4',
    ])
  })
})
