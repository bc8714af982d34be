import type { Address } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { AccessList } from '../../protocol/signedTransaction.ts'
import { mayBePrecompile } from '../evm/evmPool.ts'
import type { CallRequest } from './callRequest.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { type SimulationResult, type SimulationSetting, simulate } from './simulation.ts'

// A list changes what is warm, and with it what a contract that looks at its gas does; most settle at once.
const maxRounds = 16

/** The list that makes the transaction cheapest, and what it then uses: the result of `eth_createAccessList`. */
export async function createAccessList(
  deps: RpcDeps,
  setting: SimulationSetting,
  request: CallRequest,
  gasLimit: bigint,
): Promise<unknown> {
  let accessList: AccessList = request.accessList
  let result: SimulationResult
  for (let round = 1; ; round++) {
    result = await simulate(deps, setting, { ...request, accessList }, gasLimit)
    const next = extended(accessList, result, [request.from, result.target])
    const isSettled = JSON.stringify(next) === JSON.stringify(accessList)
    accessList = next
    if (isSettled || round === maxRounds) break
  }
  return {
    accessList,
    gasUsed: encodeQuantity(result.gasUsed),
    ...(result.failure !== undefined && { error: result.failure }),
  }
}

/**
 * The list with what the run touched besides. What is warm anyway is listed only where slots of it are.
 */
function extended(
  list: AccessList,
  { accessed }: SimulationResult,
  parties: readonly Address[],
): AccessList {
  const slots = new Map(list.map(({ address, storageKeys }) => [address, new Set(storageKeys)]))
  for (const [address, touched] of accessed) {
    slots.set(address, new Set([...(slots.get(address) ?? []), ...touched]))
  }
  const isWarm = (address: Address) => parties.includes(address) || mayBePrecompile(address)
  return Array.from(slots, ([address, keys]) => ({ address, storageKeys: [...keys].sort() }))
    .filter(({ address, storageKeys }) => storageKeys.length > 0 || !isWarm(address))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}
