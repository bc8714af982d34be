import {
  type Abi,
  BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
} from 'viem'
import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Address, bytesToHex, hexToBytes } from '../base/hex.ts'
import { isRefusal } from '../txmgr/backend.ts'
import { revertReason } from '../txmgr/revertReason.ts'
import type { L1Reader } from './interface.ts'

/**
 * Calls a view function on L1's newest block.
 *
 * @throws {ChainError} `temporary` `CONTRACT_CALL` when it reverts or answers something else.
 */
export async function readContract<
  const abi extends Abi,
  name extends ContractFunctionName<abi, 'view'>,
  args extends ContractFunctionArgs<abi, 'view', name>,
>(
  contract: { readonly address: Address; readonly abi: abi },
  functionName: name,
  args: args,
  deps: { readonly l1: L1Reader },
  signal: AbortSignal,
): Promise<ContractFunctionReturnType<abi, 'view', name, args>> {
  const { abi, address } = contract
  const call = { abi, functionName, args } as unknown as EncodeFunctionDataParameters
  const answer = await deps.l1.call(address, hexToBytes(encodeFunctionData(call)), signal)
  if (isRefusal(answer)) {
    const { data, message } = answer
    throw callFailed(address, functionName, data ? revertReason(data, abi) : message)
  }
  try {
    return decodeFunctionResult({ ...call, data: bytesToHex(answer) }) as never
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause
    throw callFailed(address, functionName, `it answers ${answer.length} bytes of something else`)
  }
}

/** The error of an address that does not hold the contract that it should. */
export function contractMissing(address: Address, what: string, flag: string, cause: unknown) {
  return new ConfigError(
    exitCodes.usage,
    'CONTRACT_MISSING',
    `there is no ${what} at ${address} on this L1`,
    { cause, context: { address }, metaMessages: [`Check ${flag} and --l1-eth-rpc.`] },
  )
}

function callFailed(address: Address, functionName: string, reason: string): ChainError {
  return new ChainError('temporary', 'CONTRACT_CALL', `${functionName} of ${address}: ${reason}`, {
    context: { address },
  })
}
