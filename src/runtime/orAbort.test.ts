import { expect, it } from 'vitest'
import { orAbort } from './orAbort.ts'

const reason = new Error('no longer wanted')

it('gives what the promise gives', async () => {
  expect(await orAbort(Promise.resolve(7), new AbortController().signal)).toBe(7)
})

it('waits no longer than until the signal aborts', async () => {
  const controller = new AbortController()
  const waiting = orAbort(new Promise(() => {}), controller.signal)
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

it('lets no rejection go astray when the signal has aborted before', async () => {
  let isAstray = false
  const note = () => {
    isAstray = true
  }
  process.once('unhandledRejection', note)
  const failed = Promise.withResolvers<never>()
  await expect(orAbort(failed.promise, AbortSignal.abort(reason))).rejects.toBe(reason)
  failed.reject(new Error('failed too'))
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(isAstray).toBe(false)
})
