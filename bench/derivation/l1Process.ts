import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FromL1Server, L1Counts, L1ServerFacts, ToL1Server } from './l1Server.ts'

/** The L1 of the benchmark, in a process of its own. */
export interface L1Process extends L1ServerFacts, AsyncDisposable {
  /** Every answer waits for so long from now on. */
  setLatency(latencyMs: number): void
  /** What was asked since the last time. */
  takeCounts(): Promise<L1Counts>
}

/** Starts the process; it builds its chain first, which takes some seconds. */
export async function startL1Process(options: { readonly spans: number }): Promise<L1Process> {
  const file = new URL('./l1Server.ts', import.meta.url)
  const child = fork(file, [String(options.spans)], { serialization: 'advanced' })
  const exit = once(child, 'exit')
  const tell = (message: ToL1Server) => child.send(message)
  const next = async (): Promise<FromL1Server> => {
    const message = once(child, 'message').then(([message]) => message as FromL1Server)
    const gone = exit.then(([code]) => {
      throw new Error(`the L1 process ended with code ${code}`)
    })
    return Promise.race([message, gone])
  }
  const facts = await next()
  if (facts.type !== 'ready') throw new Error('the L1 process counted before it was ready')
  return {
    ...facts,
    setLatency: (latencyMs) => tell({ type: 'setLatency', latencyMs }),
    async takeCounts() {
      // What is still on its way to the server is counted too.
      await sleep(20)
      tell({ type: 'takeCounts' })
      const counts = await next()
      if (counts.type !== 'counts') throw new Error('the L1 process did not count')
      return counts
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await exit
    },
  }
}
