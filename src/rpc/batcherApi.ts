import { parseDuration } from '../base/duration.ts'
import { DecodeError } from '../base/errors.ts'
import { JsonFields } from '../base/jsonFields.ts'
import type { BatcherControl, ThrottleInfo } from '../batcher/batcher.ts'
import type { PidOptions, ThrottleControllerType } from '../batcher/throttle/throttleOptions.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { invalidParams, optionalParam, param } from '../jsonrpc/params.ts'
import { withReasons } from './withReasons.ts'

/** The `admin_` methods of a batcher. Serve them only where whoever can reach the port may use them. */
export function batcherApi(batcher: BatcherControl): RpcMethods {
  return withReasons({
    admin_startBatcher: async () => {
      await batcher.start()
      return null
    },
    admin_stopBatcher: async () => {
      await batcher.stop()
      return null
    },
    admin_flushBatcher: async () => {
      batcher.flush()
      return null
    },
    admin_getThrottleController: async () => throttleToJson(batcher.throttle),
    admin_setThrottleController: async (params) => {
      const controller = param(params, 0, controllerType)
      const isPid = controller === 'pid'
      const pid = isPid ? optionalParam(params, 1, pidFromJson) : undefined
      if (isPid && pid === undefined) {
        throw invalidParams('the pid controller needs its configuration')
      }
      batcher.setThrottleController(controller, pid)
      return null
    },
    admin_resetThrottleController: async () => {
      batcher.resetThrottleController()
      return null
    },
  })
}

// The layer has the batcher's types alone.
const controllerTypes: Readonly<Record<ThrottleControllerType, true>> = {
  step: true,
  linear: true,
  quadratic: true,
  pid: true,
}

function controllerType(json: unknown): ThrottleControllerType {
  if (typeof json === 'string' && Object.hasOwn(controllerTypes, json)) {
    return json as ThrottleControllerType
  }
  const known = Object.keys(controllerTypes).join(', ')
  throw invalidParams(`expected one of ${known}, got ${String(json)}`)
}

function throttleToJson(info: ThrottleInfo): Record<string, unknown> {
  return {
    type: info.type,
    lower_threshold: info.lowerThreshold,
    upper_threshold: info.upperThreshold,
    current_load: info.backlogBytes,
    intensity: info.intensity,
    max_tx_size: info.maxTxBytes,
    max_block_size: info.maxBlockBytes,
  }
}

function pidFromJson(json: unknown): PidOptions {
  const fields = new JsonFields(json, 'PID configuration', 'PID_JSON')
  return {
    kp: fields.read('kp', numberFromJson),
    ki: fields.read('ki', numberFromJson),
    kd: fields.read('kd', numberFromJson),
    integralMax: fields.read('integral_max', numberFromJson),
    outputMax: fields.read('output_max', numberFromJson),
    sampleTimeMs: fields.read('sample_time', durationFromJson),
  }
}

function numberFromJson(json: unknown): number {
  if (typeof json === 'number') return json
  throw new DecodeError('NUMBER_INVALID', `expected a number, got ${String(json)}`)
}

function durationFromJson(json: unknown): number {
  const durationMs = typeof json === 'string' ? parseDuration(json) : undefined
  if (durationMs !== undefined) return durationMs
  throw new DecodeError('DURATION_INVALID', `expected a duration such as "2s", got ${String(json)}`)
}
