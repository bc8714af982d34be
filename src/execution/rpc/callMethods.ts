import { bytesToHex } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { optionalParam, param } from '../../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import { Limiter } from '../../runtime/limiter.ts'
import type { Pause } from '../evm/pausePoints.ts'
import { createAccessList } from './accessList.ts'
import { latestBlock, parseBlockSelector, requireHash } from './blockSelector.ts'
import { type CallRequest, parseCallRequest } from './callRequest.ts'
import { estimateGas } from './gasEstimate.ts'
import { parseBlockOverrides, parseStateOverrides } from './overrides.ts'
import { callError } from './revertError.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { type SimulationSetting, simulate } from './simulation.ts'

// geth's --rpc.gascap and --rpc.evmtimeout.
const callGasCap = 50_000_000n
const callTimeoutMs = 5_000
// Only so many take turns, and the others wait: each of them holds a state.
const maxConcurrentCalls = 4

/** Methods that try out a transaction on the state of a block. */
export function callMethods(deps: RpcDeps): RpcMethods {
  const limiter = new Limiter(maxConcurrentCalls)

  const settingOf = (params: unknown[]): SimulationSetting => ({
    hash: requireHash(deps.chain, optionalParam(params, 1, parseBlockSelector) ?? latestBlock),
    stateOverrides: optionalParam(params, 2, parseStateOverrides),
    blockOverrides: optionalParam(params, 3, parseBlockOverrides),
    pause: createCallPause(deps),
  })

  return {
    eth_call: (params) =>
      limiter.run(async () => {
        const request = param(params, 0, parseCallRequest)
        const setting = settingOf(params)
        const result = await simulate(deps, setting, request, cappedGas(request))
        if (result.failure !== undefined) throw callError(result)
        return bytesToHex(result.returnValue)
      }),
    eth_createAccessList: (params) =>
      limiter.run(async () => {
        const request = param(params, 0, parseCallRequest)
        return createAccessList(deps, settingOf(params), request, cappedGas(request))
      }),
    eth_estimateGas: (params) =>
      limiter.run(async () => {
        const request = param(params, 0, parseCallRequest)
        return encodeQuantity(await estimateGas(deps, settingOf(params), request, callGasCap))
      }),
  }
}

function cappedGas({ gas }: CallRequest): bigint {
  return gas !== undefined && gas < callGasCap ? gas : callGasCap
}

/** Lets others have their turn, and gives a call up that has had its time. */
function createCallPause({ clock, turns }: Pick<RpcDeps, 'clock' | 'turns'>): Pause {
  const endMs = clock.now() + callTimeoutMs
  return () => {
    if (clock.now() < endMs) return turns.pauseWhenSpent()
    throw new RpcError(
      rpcErrorCodes.serverError,
      `execution aborted (timeout = ${callTimeoutMs / 1000}s)`,
    )
  }
}
