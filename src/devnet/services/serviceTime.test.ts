import { expect, test } from 'vitest'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { Turns } from './serviceTime.ts'
import { StepClock } from './stepClock.ts'

/** Calls that are answered when the test says so. */
function server() {
  const answers: (() => void)[] = []
  return {
    answers,
    ask: () => new Promise<void>((resolve) => answers.push(resolve)),
  }
}

test('a turn lasts until the service waits for nothing but its clock', async () => {
  const turns = new Turns({ clock: new StepClock(0) })
  const l1 = server()
  const watched = turns.watch(l1)
  const log: string[] = []
  const serve = async () => {
    await turns.clock.sleepUntil(1_000)
    await watched.ask()
    log.push('asked once')
    await watched.ask()
    log.push('asked twice')
    await turns.clock.sleepUntil(2_000)
    log.push('too early')
  }
  void serve()

  let isOver = false
  const turn = turns.take(1_500).then(() => {
    isOver = true
  })
  for (const _ of [1, 2]) {
    await nextTurn()
    await nextTurn()
    await nextTurn()
    expect(isOver).toBe(false)
    l1.answers.shift()!()
  }
  await turn
  expect(log).toEqual(['asked once', 'asked twice'])
})

test('a service learns what became of its transactions before it looks at the chains', async () => {
  const turns = new Turns({ clock: new StepClock(0) })
  const log: string[] = []
  const watched = turns.watch({
    async slowAnswer() {
      await nextTurn()
      await nextTurn()
    },
  })
  void turns.clock.sleepUntil(1).then(() => log.push('looks'))
  void turns.accountClock.sleepUntil(1).then(async () => {
    await watched.slowAnswer()
    log.push('learns')
  })
  await turns.take(1)
  expect(log).toEqual(['learns', 'looks'])
})

test('calls that fail are over too', async () => {
  const turns = new Turns({ clock: new StepClock(0) })
  const watched = turns.watch({
    fail: () => Promise.reject(new Error('no')),
    value: 7,
  })
  await expect(watched.fail()).rejects.toThrow('no')
  await turns.settled()
  expect(watched.value).toBe(7)
})

test('begins at the time of the chain, which may be an earlier one', async () => {
  const chain = new StepClock(5_000)
  const turns = new Turns({ clock: chain })
  await turns.take(9_000)
  chain.set(6_000)
  turns.begin()
  expect([turns.clock.now(), turns.accountClock.now()]).toEqual([6_000, 6_000])
})
