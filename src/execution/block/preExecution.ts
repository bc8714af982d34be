import { type Address, type Hash, hexToBytes } from '../../base/hex.ts'
import {
  beaconRootsContract,
  blockHashHistoryContract,
  systemCaller,
} from '../../chain/addresses.ts'
import { isForkActivation } from '../../chain/forks.ts'
import type { ExecutionChainConfig } from '../chainConfig.ts'
import { emptyAccount } from '../state/account.ts'

import { runMessage, type TransitionContext } from '../transaction/transition.ts'

/** What the system contracts are told at the start of a block. */
export interface SystemCallInputs {
  readonly parentHash: Hash
  /** From Ecotone. */
  readonly parentBeaconBlockRoot: Hash | undefined
}

/**
 * Tells the system contracts about the parent: its hash from Isthmus (EIP-2935), its beacon root from Ecotone
 * (EIP-4788). A contract that is not there yet is passed over, and one that fails changes nothing.
 */
export async function callSystemContracts(
  context: TransitionContext,
  { parentHash, parentBeaconBlockRoot }: SystemCallInputs,
): Promise<void> {
  if (context.rules.isActive('isthmus')) {
    await systemCall(context, blockHashHistoryContract, parentHash)
  }
  if (parentBeaconBlockRoot !== undefined) {
    await systemCall(context, beaconRootsContract, parentBeaconBlockRoot)
  }
}

/**
 * Gives the create2 deployer its code in the first block of Canyon: the one change of state that no transaction makes.
 *
 * @throws {MissingCodeError} when the code is not in the store.
 * @see https://specs.optimism.io/protocol/predeploys.html#create2deployer
 */
export function applyIrregularChanges(
  { state, block }: TransitionContext,
  chain: ExecutionChainConfig,
  parentTimestamp: bigint,
): void {
  if (!isForkActivation(chain, 'canyon', parentTimestamp, block.timestamp)) return
  const account = state.account(create2Deployer) ?? emptyAccount
  state.setAccount(create2Deployer, { ...account, codeHash: create2DeployerCodeHash })
  // Better to stop here than in the middle of the first call to it.
  state.code(create2Deployer)
}

const create2Deployer: Address = '0x13b0d85ccb8bf860b6b79af3029fca081ae9bef2'
const create2DeployerCodeHash: Hash =
  '0xb0550b5b431e30d38000efb7107aaa0ade03d48a7198a140edda9d27134468b2'
const systemCallGas = 30_000_000n

async function systemCall(context: TransitionContext, to: Address, input: Hash): Promise<void> {
  context.state.beginTransaction()
  await runMessage(context, {
    caller: systemCaller,
    to,
    value: 0n,
    data: hexToBytes(input),
    gasLimit: systemCallGas,
    gasPrice: 0n,
    warm: [],
  })
}
