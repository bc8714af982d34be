import { bytesToHex } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { createAccessList } from './accessList.ts'
import { latestBlock, parseBlockSelector, requireHash } from './blockSelector.ts'
import { parseCallRequest } from './callRequest.ts'
import { estimateGas } from './gasEstimate.ts'
import { parseBlockOverrides, parseStateOverrides } from './overrides.ts'
import { optionalParam, param } from './params.ts'
import { callError } from './revertError.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { type SimulationSetting, simulate } from './simulation.ts'

// geth's --rpc.gascap: no call may hold the engine longer than this much gas takes.
const callGasCap = 50_000_000n

/** Methods that try out a transaction on the state of a block. */
export function callMethods(deps: RpcDeps): RpcMethods {
  const settingOf = (params: unknown[]): SimulationSetting => ({
    hash: requireHash(deps.chain, optionalParam(params, 1, parseBlockSelector) ?? latestBlock),
    stateOverrides: optionalParam(params, 2, parseStateOverrides),
    blockOverrides: optionalParam(params, 3, parseBlockOverrides),
  })

  return {
    eth_call: async (params) => {
      const request = param(params, 0, parseCallRequest)
      const setting = settingOf(params)
      const gas = request.gas !== undefined && request.gas < callGasCap ? request.gas : callGasCap
      const result = await simulate(deps, setting, request, gas)
      if (result.failure !== undefined) throw callError(result)
      return bytesToHex(result.returnValue)
    },
    eth_createAccessList: async (params) => {
      const request = param(params, 0, parseCallRequest)
      return createAccessList(deps, settingOf(params), request, request.gas ?? callGasCap)
    },
    eth_estimateGas: async (params) => {
      const request = param(params, 0, parseCallRequest)
      return encodeQuantity(await estimateGas(deps, settingOf(params), request, callGasCap))
    },
  }
}
