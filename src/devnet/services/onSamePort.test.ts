import { expect, test } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { onSamePort } from './onSamePort.ts'

const taken = () => new ConfigError(exitCodes.portTaken, 'PORT_TAKEN', 'port 40000 is in use')

function begin(failures: readonly Error[]) {
  const clock = new ManualClock()
  const left = [...failures]
  const task = async () => {
    const failure = left.shift()
    if (failure !== undefined) throw failure
    return 'serving'
  }
  return { clock, result: onSamePort(task, { clock, random: () => 0.5 }) }
}

test('waits until the port is free again', async () => {
  const { clock, result } = begin([taken(), taken(), taken()])
  await clock.advance(1_000)
  expect(await result).toBe('serving')
})

test('gives up on a port that stays taken', async () => {
  const { clock, result } = begin(Array.from({ length: 100 }, taken))
  const refused = expect(result).rejects.toMatchObject({ code: 'PORT_TAKEN' })
  await clock.advance(60_000)
  await refused
})

test('does not wait for anything else', async () => {
  const { result } = begin([new Error('no such folder')])
  await expect(result).rejects.toThrow('no such folder')
})
