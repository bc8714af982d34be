import type { Common } from '@ethereumjs/common'
import {
  type CustomPrecompile,
  EVMError,
  getActivePrecompiles,
  type PrecompileFunc,
} from '@ethereumjs/evm'
import type { Address } from '../../base/hex.ts'
import type { Fork } from '../../chain/forks.ts'
import { rulesOf } from '../chainConfig.ts'
import type { DeferredBls } from './deferredBls.ts'
import type { Pause } from './pausePoints.ts'
import { failed, pausingBlake2f, pausingBn254Pairing } from './pausingPrecompiles.ts'
import { pointEvaluation } from './pointEvaluation.ts'

/** Where the OP Stack changed a precompile, or we do. */
const addresses = {
  bn256Pairing: '0x0000000000000000000000000000000000000008',
  blake2f: '0x0000000000000000000000000000000000000009',
  pointEvaluation: '0x000000000000000000000000000000000000000a',
  bls12G1Add: '0x000000000000000000000000000000000000000b',
  bls12G1Msm: '0x000000000000000000000000000000000000000c',
  bls12G2Add: '0x000000000000000000000000000000000000000d',
  bls12G2Msm: '0x000000000000000000000000000000000000000e',
  bls12Pairing: '0x000000000000000000000000000000000000000f',
  bls12MapToG1: '0x0000000000000000000000000000000000000010',
  bls12MapToG2: '0x0000000000000000000000000000000000000011',
  p256Verify: '0x0000000000000000000000000000000000000100',
} as const satisfies Record<string, Address>

/** Input limits in bytes, as of the fork that sets them. Longer input fails the call and takes all its gas. */
const inputLimits: readonly {
  readonly fork: Fork
  readonly limits: Readonly<Partial<Record<keyof typeof addresses, number>>>
}[] = [
  { fork: 'granite', limits: { bn256Pairing: 112_687 } },
  { fork: 'isthmus', limits: { bls12G1Msm: 513_760, bls12G2Msm: 488_448, bls12Pairing: 235_008 } },
  {
    fork: 'jovian',
    limits: {
      bn256Pairing: 81_984,
      bls12G1Msm: 288_960,
      bls12G2Msm: 278_784,
      bls12Pairing: 156_672,
    },
  },
  { fork: 'karst', limits: { bn256Pairing: 57_600 } },
]

const bls12Addresses = [
  addresses.bls12G1Add,
  addresses.bls12G1Msm,
  addresses.bls12G2Add,
  addresses.bls12G2Msm,
  addresses.bls12Pairing,
  addresses.bls12MapToG1,
  addresses.bls12MapToG2,
]

/** What P256VERIFY costs from Fjord (RIP-7212) until Karst (EIP-7951), and what the library charges. */
const rip7212Gas = 3_450n
const eip7951Gas = 6_900n

/**
 * The precompiles in which a fork of the OP Stack differs from the Ethereum fork that it builds on, and those that must
 * let others have a turn while they run.
 *
 * @param options.common - Of that Ethereum fork.
 * @param options.osaka - Of Osaka, whose P256VERIFY the OP Stack has had since Fjord.
 * @param options.bls - What the EVM has for BLS12-381.
 * @param options.pause - Asked by those that take long.
 * @see https://specs.optimism.io/protocol/precompiles.html
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html#precompile-input-size-restrictions
 */
export function opPrecompiles(
  fork: Fork,
  options: {
    readonly common: Common
    readonly osaka: Common
    readonly bls: DeferredBls
    readonly pause: Pause
  },
): CustomPrecompile[] {
  const { common, osaka, bls, pause } = options
  const rules = rulesOf(fork)
  const ethereum = getActivePrecompiles(common)
  const changed = new Map<Address, PrecompileFunc>([
    [addresses.bn256Pairing, pausingBn254Pairing(pause)],
    [addresses.blake2f, pausingBlake2f(pause)],
  ])
  if (rules.isActive('ecotone')) changed.set(addresses.pointEvaluation, pointEvaluation)
  if (rules.isActive('isthmus')) {
    for (const address of bls12Addresses) {
      changed.set(address, bls.carryOut(find(ethereum, address), pause))
    }
  }
  const limits = new Map<keyof typeof addresses, number>()
  for (const step of inputLimits) {
    if (!rules.isActive(step.fork)) continue
    for (const [name, limit] of Object.entries(step.limits)) {
      limits.set(name as keyof typeof addresses, limit)
    }
  }
  for (const [name, limit] of limits) {
    const address = addresses[name]
    changed.set(address, limited(changed.get(address) ?? find(ethereum, address), limit))
  }
  if (rules.isActive('fjord') && !rules.isActive('karst')) {
    const verify = find(getActivePrecompiles(osaka), addresses.p256Verify)
    changed.set(addresses.p256Verify, cheaper(verify, eip7951Gas - rip7212Gas))
  }
  return [...changed].map(([address, run]) => ({ address, function: run }))
}

function find(precompiles: ReadonlyMap<string, PrecompileFunc>, address: Address): PrecompileFunc {
  const precompile = precompiles.get(address.slice(2))
  if (precompile === undefined) throw new Error(`the EVM library has no precompile at ${address}`)
  return precompile
}

function limited(precompile: PrecompileFunc, maxInputBytes: number): PrecompileFunc {
  return (input) =>
    input.data.length > maxInputBytes
      ? failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, input.gasLimit)
      : precompile(input)
}

/** The same precompile for less gas: it is given the difference, which is then taken off what it used. */
function cheaper(precompile: PrecompileFunc, difference: bigint): PrecompileFunc {
  return async (input) => {
    const result = await precompile({ ...input, gasLimit: input.gasLimit + difference })
    return { ...result, executionGasUsed: result.executionGasUsed - difference }
  }
}
