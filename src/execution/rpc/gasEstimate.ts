import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import { rulesAt } from '../chainConfig.ts'
import { emptyCodeHash } from '../state/account.ts'
import { WorldState } from '../state/worldState.ts'
import { maxTransactionGas } from '../transaction/intrinsicGas.ts'
import type { CallRequest } from './callRequest.ts'
import { callError } from './revertError.ts'
import type { RpcDeps } from './rpcDeps.ts'
import {
  belowIntrinsicGas,
  type SimulationResult,
  type SimulationSetting,
  simulate,
} from './simulation.ts'

const transferGas = 21_000n
const callStipend = 2_300n
// How far above the least gas the answer may be: geth's 1.5 %, which saves half of the runs.
const toleranceDivisor = 66n

/**
 * The least gas limit, within 1.5 %, with which a transaction succeeds: geth's search.
 *
 * @param gasCap - No call runs with more.
 * @throws {RpcError} 3 with data when it reverts, -32000 when it fails with all the gas it may have.
 */
export async function estimateGas(
  deps: RpcDeps,
  setting: SimulationSetting,
  request: CallRequest,
  gasCap: bigint,
): Promise<bigint> {
  const most = highestGas(deps, setting, request, gasCap)
  const run = (gas: bigint) => simulate(deps, setting, request, gas)
  if (isPlainTransfer(deps, setting, request)) {
    const transfer = await run(transferGas)
    if (transfer.failure === undefined) return transferGas
  }
  const first = await run(most)
  if (first.failure !== undefined) throw failureAtMost(first, most)

  let least = first.gasUsed - 1n
  let enough = most
  // Most calls need what they used, the refund on top, and what EIP-150 holds back from inner calls.
  const guess = ((first.gasUsed + first.gasRefund + callStipend) * 64n) / 63n
  if (guess < enough) {
    if ((await run(guess)).failure === undefined) enough = guess
    else least = guess
  }
  while (least + 1n < enough && enough - least > enough / toleranceDivisor) {
    const middle = (least + enough) / 2n
    // Most need little more than the least: go up gently.
    const next = middle > 2n * least ? 2n * least : middle
    if ((await run(next)).failure === undefined) enough = next
    else least = next
    await setting.pause()
  }
  return enough
}

/** Bounded by the block, the protocol, the engine and what the sender can pay for. */
function highestGas(
  { config, chain, states }: RpcDeps,
  { hash, stateOverrides, blockOverrides }: SimulationSetting,
  request: CallRequest,
  gasCap: bigint,
): bigint {
  const header = chain.header(hash)!
  const rules = rulesAt(config, blockOverrides?.timestamp ?? header.timestamp)
  const bounds = [gasCap]
  if (request.gas !== undefined && request.gas >= transferGas) bounds.push(request.gas)
  else bounds.push(header.gasLimit)
  if (rules.isActive('karst')) bounds.push(maxTransactionGas)
  if (request.gasPrice > 0n) {
    const account = WorldState.at(states, header.stateRoot).account(request.from)
    const balance = stateOverrides?.get(request.from)?.balance ?? account?.balance ?? 0n
    if (balance < request.value) {
      throw new RpcError(rpcErrorCodes.serverError, 'insufficient funds for transfer')
    }
    bounds.push((balance - request.value) / request.gasPrice)
  }
  return bounds.sort((a, b) => (a < b ? -1 : 1))[0]!
}

function isPlainTransfer(
  { chain, states }: RpcDeps,
  { hash, stateOverrides }: SimulationSetting,
  { to, data, accessList, authorizations }: CallRequest,
): boolean {
  if (to === undefined || data.length + accessList.length + authorizations.length > 0) return false
  if (stateOverrides?.get(to)?.code !== undefined) return false
  const account = WorldState.at(states, chain.header(hash)!.stateRoot).account(to)
  return account === undefined || account.codeHash === emptyCodeHash
}

function failureAtMost(result: SimulationResult, gas: bigint): RpcError {
  const isGas = result.failure === 'out of gas' || result.failure === belowIntrinsicGas
  if (!isGas) return callError(result)
  return new RpcError(rpcErrorCodes.serverError, `gas required exceeds allowance (${gas})`)
}
