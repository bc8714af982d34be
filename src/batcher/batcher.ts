import { TaktError } from '../base/errors.ts'
import { sleep } from '../runtime/clock.ts'
import { awaitFunds } from '../txmgr/funds.ts'
import { BatchDriver, type BatchDriverDeps } from './batchDriver.ts'
import { type BatcherOptions, channelSettings } from './options.ts'
import { assertFunded, assertOwnKey } from './preflight.ts'
import { ThrottleController, type ThrottleState } from './throttle/throttleController.ts'
import {
  type PidOptions,
  type ThrottleControllerType,
  throttleProblem,
} from './throttle/throttleOptions.ts'

/** What an operator may do to a batcher. */
export interface BatcherControl {
  /** @throws {TaktError} `BATCHER_RUNNING`; {ConfigError} as `Batcher.start`. */
  start(): Promise<void>
  /** Posts what is loaded, waits until it is on L1, within bounds, and ends. @throws {TaktError} `BATCHER_NOT_RUNNING` */
  stop(): Promise<void>
  /** Posts what there is, however little. @throws {TaktError} `BATCHER_NOT_RUNNING` */
  flush(): void
  readonly throttle: ThrottleInfo
  /** @throws {TaktError} `THROTTLE_OPTIONS` */
  setThrottleController(type: ThrottleControllerType, pid: PidOptions | undefined): void
  resetThrottleController(): void
}

/** How much is held back, and why. */
export interface ThrottleInfo extends ThrottleState {
  readonly type: ThrottleControllerType
  readonly lowerThreshold: number
  readonly upperThreshold: number
  readonly backlogBytes: number
}

export type BatcherDeps = Omit<BatchDriverDeps, 'throttle'>

/** A batcher that can be started and stopped, as often as one likes. */
export class Batcher implements BatcherControl {
  readonly #options: BatcherOptions
  readonly #deps: BatcherDeps
  #throttle: ThrottleController
  #session: Session | undefined
  readonly #failed = Promise.withResolvers<never>()

  constructor(options: BatcherOptions, deps: BatcherDeps) {
    this.#options = options
    this.#deps = deps
    this.#throttle = new ThrottleController(options.throttle)
    this.#failed.promise.catch(() => undefined)
  }

  get isRunning(): boolean {
    return this.#session !== undefined
  }

  /** Rejects with the error that posting could not go on from. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Why it does not do its work; empty when it does, and while it is stopped. */
  get problems(): readonly string[] {
    const { stop, driver, run } = this.#session ?? {}
    if (stop === undefined || stop.signal.aborted || run === undefined) return []
    return driver?.problems ?? ['waiting for funds: the account cannot pay for one submission']
  }

  /** Blocks that are loaded and in no channel. */
  get pendingBlocks(): number {
    return this.#session?.driver?.pendingBlocks ?? 0
  }

  get throttle(): ThrottleInfo {
    const { lowerThreshold, upperThreshold } = this.#options.throttle
    return {
      ...this.#throttle.state,
      type: this.#throttle.type,
      lowerThreshold,
      upperThreshold,
      backlogBytes: this.#session?.driver?.backlogBytes ?? 0,
    }
  }

  /**
   * Checks key and funds, and begins to post. Resolves when posting has begun; without funds, if told to wait for
   * them, at once.
   *
   * @throws {ConfigError} `BATCHER_KEY`, `BATCHER_UNFUNDED`; {TaktError} `BATCHER_RUNNING`; {ChainError} `temporary`
   *   when L1 does not answer.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#session !== undefined) {
      throw new TaktError('BATCHER_RUNNING', 'the batcher is running already')
    }
    const session: Session = {
      stop: new AbortController(),
      end: new AbortController(),
      driver: undefined,
      run: undefined,
    }
    this.#session = session
    try {
      await assertOwnKey(this.#deps, signal)
      if (!this.#options.waitForFunds) await this.#assertFunded(signal)
    } catch (error) {
      this.#session = undefined
      throw error
    }
    session.run = this.#run(session)
  }

  async stop(): Promise<void> {
    const session = this.#running()
    const { clock, logger } = this.#deps
    const { stopTimeoutMs } = this.#options
    const timer = new AbortController()
    sleep(clock, stopTimeoutMs, timer.signal).then(
      () => session.end.abort(new Error(`not all was on L1 within ${stopTimeoutMs} ms`)),
      () => undefined,
    )
    session.stop.abort(new Error('the batcher stops'))
    await session.run
    timer.abort()
    logger.info('Batcher stopped', { allPosted: !session.end.signal.aborted })
  }

  flush(): void {
    this.#running().driver?.flush()
  }

  setThrottleController(type: ThrottleControllerType, pid: PidOptions | undefined): void {
    const { throttle } = this.#options
    const options = { ...throttle, controllerType: type, pid: pid ?? throttle.pid }
    const problem = throttleProblem(options)
    if (problem !== undefined) throw new TaktError('THROTTLE_OPTIONS', problem)
    this.#throttle = new ThrottleController(options)
    this.#deps.logger.info('Changed the throttle controller', { type })
  }

  resetThrottleController(): void {
    this.#throttle.reset()
  }

  /** Stops at once, if it runs. What is in flight is left to itself. */
  async close(): Promise<void> {
    if (this.#session === undefined) return
    this.#session.end.abort(new Error('the batcher ends'))
    await this.stop()
  }

  async #run(session: Session): Promise<void> {
    const stop = session.stop.signal
    try {
      if (this.#options.waitForFunds) {
        await awaitFunds((signal) => this.#assertFunded(signal), this.#options, this.#deps, stop)
      }
      session.driver = new BatchDriver(this.#options, {
        ...this.#deps,
        throttle: () => this.#throttle,
      })
      this.#deps.logger.info('Batcher started', { account: this.#deps.transactions.address })
      await session.driver.run(stop, session.end.signal)
    } catch (error) {
      if (error === stop.reason) return
      this.#deps.logger.error('Batcher cannot go on', { error })
      this.#failed.reject(error)
    } finally {
      this.#session = undefined
    }
  }

  #assertFunded(signal: AbortSignal | undefined): Promise<void> {
    const { dataAvailabilityType } = this.#options
    const availability = dataAvailabilityType === 'calldata' ? 'calldata' : 'blobs'
    const settings = channelSettings(this.#options, availability)
    return assertFunded(settings, this.#deps.transactions, signal)
  }

  #running(): Session {
    if (this.#session !== undefined) return this.#session
    throw new TaktError('BATCHER_NOT_RUNNING', 'the batcher is not running')
  }
}

/** One run, from a start to a stop. */
interface Session {
  /** Aborted to let it come to an end. */
  readonly stop: AbortController
  /** Aborted to end it at once. */
  readonly end: AbortController
  /** `undefined` before posting has begun. */
  driver: BatchDriver | undefined
  run: Promise<void> | undefined
}
