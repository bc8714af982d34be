import { assertNever } from '../../base/assertNever.ts'
import type { DataLimits } from '../interface.ts'
import type { PidOptions, ThrottleControllerType, ThrottleOptions } from './throttleOptions.ts'

/** How much is held back, and what follows from it. */
export interface ThrottleState extends DataLimits {
  /** From 0, not at all, to 1. */
  readonly intensity: number
}

/** Decides from the backlog how small blocks must be. Made anew when its type is changed. */
export class ThrottleController {
  readonly type: ThrottleControllerType
  readonly #options: ThrottleOptions
  readonly #pid: PidLoop
  #state: ThrottleState

  /** @param options - Without a problem; see `throttleProblem`. */
  constructor(options: ThrottleOptions) {
    this.type = options.controllerType
    this.#options = options
    this.#pid = new PidLoop(options.pid, options.lowerThreshold)
    this.#state = this.#stateAt(0)
  }

  get state(): ThrottleState {
    return this.#state
  }

  /** Takes a new measure of the backlog, in bytes. */
  update(backlogBytes: number, nowMs: number): ThrottleState {
    this.#state = this.#stateAt(this.#intensity(backlogBytes, nowMs))
    return this.#state
  }

  /** Forgets what was measured. */
  reset(): void {
    this.#pid.reset()
    this.#state = this.#stateAt(0)
  }

  #intensity(backlogBytes: number, nowMs: number): number {
    const { lowerThreshold, upperThreshold } = this.#options
    if (this.type === 'pid') return this.#pid.update(backlogBytes, nowMs)
    if (backlogBytes <= lowerThreshold) return 0
    const share = Math.min(1, (backlogBytes - lowerThreshold) / (upperThreshold - lowerThreshold))
    switch (this.type) {
      case 'step':
        return 1
      case 'linear':
        return share
      case 'quadratic':
        return share * share
      default:
        return assertNever(this.type)
    }
  }

  #stateAt(intensity: number): ThrottleState {
    const { txSizeLowerLimit, txSizeUpperLimit, blockSizeLowerLimit, blockSizeUpperLimit } =
      this.#options
    // The step knows no way between its ends.
    const between = (upper: number, lower: number) =>
      this.type === 'step' ? lower : Math.floor(upper - intensity * (upper - lower))
    const isThrottling = intensity > 0
    return {
      intensity,
      maxTxBytes:
        txSizeLowerLimit === 0 || !isThrottling ? 0 : between(txSizeUpperLimit, txSizeLowerLimit),
      maxBlockBytes:
        blockSizeLowerLimit === 0
          ? 0
          : isThrottling
            ? between(blockSizeUpperLimit, blockSizeLowerLimit)
            : blockSizeUpperLimit,
    }
  }
}

/** A PID controller of the backlog, its error measured in multiples of the threshold. */
class PidLoop {
  readonly #options: PidOptions
  readonly #threshold: number
  #integral = 0
  #lastError = 0
  #lastMs: number | undefined
  #intensity = 0

  constructor(options: PidOptions, threshold: number) {
    this.#options = options
    this.#threshold = threshold
  }

  update(backlogBytes: number, nowMs: number): number {
    const { kp, ki, kd, integralMax, outputMax, sampleTimeMs } = this.#options
    const elapsedMs = this.#lastMs === undefined ? 0 : nowMs - this.#lastMs
    if (this.#lastMs !== undefined && elapsedMs < sampleTimeMs) return this.#intensity
    this.#lastMs = nowMs
    const error = (backlogBytes - this.#threshold) / this.#threshold
    if (error <= 0) {
      this.#integral = 0
      this.#lastError = 0
      this.#intensity = 0
      return 0
    }
    const seconds = elapsedMs / 1_000
    this.#integral = Math.min(integralMax, this.#integral + error * seconds)
    const derivative = seconds > 0 ? (error - this.#lastError) / seconds : 0
    this.#lastError = error
    const output = kp * error + ki * this.#integral + kd * derivative
    this.#intensity = Math.max(0, Math.min(outputMax, output))
    return this.#intensity
  }

  reset(): void {
    this.#integral = 0
    this.#lastError = 0
    this.#lastMs = undefined
    this.#intensity = 0
  }
}
