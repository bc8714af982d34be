import { emptyBytes } from '../../base/bytes.ts'
import { bytesToHex, zeroHash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { predeploys } from '../../chain/addresses.ts'
import type { Fork } from '../../chain/forks.ts'
import { type ForkRules, rulesOf } from '../../execution/chainConfig.ts'
import { encodeExtraData } from '../../protocol/extraData.ts'
import type { DevnetOptions } from '../options.ts'
import { chainParameters, devnetForkTimes } from './chainParameters.ts'
import type { GenesisAlloc } from './l2Alloc.ts'

/**
 * The L2 genesis block as op-geth's `genesis.json`, which op-reth reads as well.
 *
 * `fork` and all before it are active from the first second, so there never is an activation block of theirs.
 */
export function createL2Genesis(
  options: Pick<DevnetOptions, 'fork' | 'upgrades' | 'l2ChainId' | 'gasLimit'>,
  timestamp: bigint,
  alloc: GenesisAlloc,
) {
  const rules = rulesOf(options.fork)
  return {
    config: {
      chainId: options.l2ChainId,
      ...Object.fromEntries(blockForks.map((fork) => [`${fork}Block`, 0])),
      terminalTotalDifficulty: 0,
      ...Object.fromEntries(
        Object.entries(devnetForkTimes(options, timestamp))
          // Delta changed nothing for the execution engine.
          .filter(([fork]) => fork !== 'delta')
          .flatMap(([fork, time]) =>
            [fork, l1ForkOf[fork as Fork] ?? []]
              .flat()
              .map((name) => [`${name}Time`, Number(time)]),
          ),
      ),
      optimism: {
        eip1559Elasticity: Number(chainParameters.eip1559Elasticity),
        eip1559Denominator: Number(chainParameters.eip1559Denominator),
        eip1559DenominatorCanyon: Number(chainParameters.eip1559DenominatorCanyon),
      },
    },
    nonce: '0x0',
    timestamp: encodeQuantity(timestamp),
    extraData: bytesToHex(extraData(rules)),
    gasLimit: encodeQuantity(BigInt(options.gasLimit)),
    difficulty: '0x0',
    mixHash: zeroHash,
    coinbase: predeploys.sequencerFeeVault,
    number: '0x0',
    gasUsed: '0x0',
    parentHash: zeroHash,
    baseFeePerGas: encodeQuantity(chainParameters.l2InitialBaseFee),
    ...(rules.isActive('ecotone') && { blobGasUsed: '0x0', excessBlobGas: '0x0' }),
    alloc,
  }
}

/** Block-numbered forks that an execution engine asks for; all long past. */
const blockForks = [
  'homestead',
  'eip150',
  'eip155',
  'eip158',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'muirGlacier',
  'berlin',
  'london',
  'arrowGlacier',
  'grayGlacier',
  'mergeNetsplit',
  'bedrock',
]

/** L1 forks that came to L2 with a fork of the OP Stack. */
const l1ForkOf: Partial<Record<Fork, string>> = {
  canyon: 'shanghai',
  ecotone: 'cancun',
  isthmus: 'prague',
}

/** What the base fee of block 1 is computed with, from Holocene on. */
function extraData(rules: ForkRules): Uint8Array {
  if (!rules.isActive('holocene')) return emptyBytes
  return encodeExtraData({
    denominator: Number(chainParameters.eip1559DenominatorCanyon),
    elasticity: Number(chainParameters.eip1559Elasticity),
    minBaseFee: rules.isActive('jovian') ? 0n : undefined,
  })
}
