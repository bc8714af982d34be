import { severityOf } from '../base/errors.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { runSubscription } from '../jsonrpc/subscription.ts'
import { backoffDelayMs } from '../runtime/backoff.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { type Loop, runTogether } from '../runtime/runTogether.ts'
import type { L1Client, L1Label } from './l1Client.ts'

export interface L1WatcherOptions {
  /** Endpoint for `newHeads`; without one, and while it is down, the head is polled. */
  readonly wsUrl: string | undefined
  /** Between two polls of the head. `undefined`: a quarter of the block time that L1 is seen to have. */
  readonly pollIntervalMs: number | undefined
  /** Between two polls of the safe and finalized blocks. */
  readonly epochPollIntervalMs: number
}

export interface L1WatcherDeps {
  readonly l1: Pick<L1Client, 'blockRefByLabel' | 'admitHeader'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Each new head, by hash. After a reorg its number may be lower than the last one's, or the same. */
  readonly onHead: (head: L1BlockRef) => void
  readonly onSafe: (safe: L1BlockRef) => void
  readonly onFinalized: (finalized: L1BlockRef) => void
}

/** While a subscription is live the poll only guards against one that has silently stopped. */
const guardPollIntervalMs = 30_000
const outageBackoff = { baseDelayMs: 500, maxDelayMs: 4_000 }

/**
 * Follows the head, safe and finalized blocks of L1 until the signal aborts.
 *
 * Survives any outage: it asks on, with a bounded delay, and logs when an outage begins and ends.
 */
export async function runL1Watcher(
  options: L1WatcherOptions,
  deps: L1WatcherDeps,
  signal: AbortSignal,
): Promise<void> {
  const { l1 } = deps
  const head = new HeadFollower(deps)
  const safe = new LabelFollower('safe', deps.onSafe)
  const finalized = new LabelFollower('finalized', deps.onFinalized)
  const alarm = new Alarm(deps.clock)
  let isSubscribed = false

  const pollHead: Loop = (signal) =>
    runPolls(
      {
        poll: async () => {
          const before = head.current
          const ref = await l1.blockRefByLabel('latest', signal)
          // What was announced meanwhile is newer than this answer.
          if (ref !== undefined && head.current === before) head.accept(ref)
        },
        intervalMs: () =>
          isSubscribed ? guardPollIntervalMs : (options.pollIntervalMs ?? head.pollIntervalMs),
        alarm,
        outage: new Outage('L1 head', deps),
      },
      deps,
      signal,
    )
  const pollEpoch: Loop = (signal) =>
    runPolls(
      {
        poll: async () => {
          await Promise.all([safe.poll(l1, signal), finalized.poll(l1, signal)])
        },
        intervalMs: () => options.epochPollIntervalMs,
        alarm: new Alarm(deps.clock),
        outage: new Outage('L1 safe and finalized blocks', deps),
      },
      deps,
      signal,
    )
  const subscribe =
    (url: string): Loop =>
    (signal) =>
      runSubscription(
        { url, params: ['newHeads'] },
        {
          ...deps,
          onState: (isLive) => {
            isSubscribed = isLive
            // Either way heads may have come and gone unannounced.
            alarm.ring()
          },
          onEvent: (result) => {
            try {
              head.accept(l1.admitHeader(result))
            } catch (error) {
              deps.logger.debug('L1 announced a head that cannot be used', { error })
              alarm.ring()
            }
          },
        },
        signal,
      )

  const loops = [pollHead, pollEpoch]
  if (options.wsUrl !== undefined) loops.push(subscribe(options.wsUrl))
  await runTogether(loops, signal)
}

interface Polls {
  readonly poll: () => Promise<void>
  readonly intervalMs: () => number
  readonly alarm: Alarm
  readonly outage: Outage
}

async function runPolls(
  { poll, intervalMs, alarm, outage }: Polls,
  deps: Pick<L1WatcherDeps, 'random'>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await poll()
      failures = 0
      outage.ended()
    } catch (error) {
      if (signal.aborted) return
      if (severityOf(error) !== 'temporary') throw error
      failures++
      outage.goesOn(error)
    }
    const isDown = failures > 0
    const delayMs = isDown ? backoffDelayMs(failures, outageBackoff, deps.random) : intervalMs()
    await alarm.wait(delayMs, signal)
  }
}

/** A sleep that can be cut short. */
class Alarm {
  readonly #clock: Clock
  #ring = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#ring.abort()
  }

  /** Waits for the time, the alarm or the signal, whichever is first. */
  async wait(durationMs: number, signal: AbortSignal): Promise<void> {
    const rung = this.#ring.signal
    await withLinkedSignal([rung, signal], (either) =>
      sleep(this.#clock, durationMs, either),
    ).catch(() => undefined)
    if (rung.aborted) this.#ring = new AbortController()
  }
}

/** Passes on new heads, notices reorgs and learns L1's block time. */
class HeadFollower {
  readonly #deps: Pick<L1WatcherDeps, 'onHead' | 'logger'>
  #head: L1BlockRef | undefined
  #blockTimeMs = 12_000

  constructor(deps: Pick<L1WatcherDeps, 'onHead' | 'logger'>) {
    this.#deps = deps
  }

  get current(): L1BlockRef | undefined {
    return this.#head
  }

  get pollIntervalMs(): number {
    return Math.min(Math.max(this.#blockTimeMs / 4, 100), 3_000)
  }

  accept(head: L1BlockRef): void {
    const last = this.#head
    if (last?.hash === head.hash) return
    this.#head = head
    if (last !== undefined) {
      const isReorg =
        head.number <= last.number ||
        (head.number === last.number + 1n && head.parentHash !== last.hash)
      if (isReorg) this.#deps.logger.info('L1 head was replaced', { from: last, to: head })
      const spacing = Number(head.timestamp - last.timestamp) / Number(head.number - last.number)
      if (spacing > 0 && Number.isFinite(spacing)) this.#blockTimeMs = spacing * 1000
    }
    this.#deps.onHead(head)
  }
}

/** Passes on a labelled block whenever it is another one. */
class LabelFollower {
  readonly #label: L1Label
  readonly #onBlock: (block: L1BlockRef) => void
  #lastHash: string | undefined

  constructor(label: L1Label, onBlock: (block: L1BlockRef) => void) {
    this.#label = label
    this.#onBlock = onBlock
  }

  async poll(l1: Pick<L1Client, 'blockRefByLabel'>, signal: AbortSignal): Promise<void> {
    const block = await l1.blockRefByLabel(this.#label, signal)
    if (block === undefined || block.hash === this.#lastHash) return
    this.#lastHash = block.hash
    this.#onBlock(block)
  }
}

/** Logs the beginning and the end of an outage, not every failure in it. */
class Outage {
  readonly #what: string
  readonly #deps: { readonly clock: Clock; readonly logger: Logger }
  #sinceMs: number | undefined

  constructor(what: string, deps: { readonly clock: Clock; readonly logger: Logger }) {
    this.#what = what
    this.#deps = deps
  }

  goesOn(error: unknown): void {
    if (this.#sinceMs !== undefined) return
    this.#sinceMs = this.#deps.clock.now()
    this.#deps.logger.warn('L1 does not answer, asking on', { for: this.#what, error })
  }

  ended(): void {
    if (this.#sinceMs === undefined) return
    const durationMs = Math.round(this.#deps.clock.now() - this.#sinceMs)
    this.#sinceMs = undefined
    this.#deps.logger.info('L1 answers again', { for: this.#what, durationMs })
  }
}
