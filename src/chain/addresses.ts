import type { Address } from '../base/hex.ts'

/**
 * Contracts that every L2 has from genesis or an upgrade on.
 *
 * @see https://specs.optimism.io/protocol/predeploys.html
 */
export const predeploys = {
  legacyMessagePasser: '0x4200000000000000000000000000000000000000',
  deployerWhitelist: '0x4200000000000000000000000000000000000002',
  weth: '0x4200000000000000000000000000000000000006',
  l2CrossDomainMessenger: '0x4200000000000000000000000000000000000007',
  gasPriceOracle: '0x420000000000000000000000000000000000000f',
  l2StandardBridge: '0x4200000000000000000000000000000000000010',
  sequencerFeeVault: '0x4200000000000000000000000000000000000011',
  optimismMintableErc20Factory: '0x4200000000000000000000000000000000000012',
  l1BlockNumber: '0x4200000000000000000000000000000000000013',
  l2Erc721Bridge: '0x4200000000000000000000000000000000000014',
  l1Block: '0x4200000000000000000000000000000000000015',
  l2ToL1MessagePasser: '0x4200000000000000000000000000000000000016',
  optimismMintableErc721Factory: '0x4200000000000000000000000000000000000017',
  proxyAdmin: '0x4200000000000000000000000000000000000018',
  baseFeeVault: '0x4200000000000000000000000000000000000019',
  l1FeeVault: '0x420000000000000000000000000000000000001a',
  operatorFeeVault: '0x420000000000000000000000000000000000001b',
  schemaRegistry: '0x4200000000000000000000000000000000000020',
  eas: '0x4200000000000000000000000000000000000021',
} as const satisfies Record<string, Address>

/** Sends the L1-attributes transaction. No key is known for it. */
export const l1InfoDepositor: Address = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'

/** EIP-4788: parent beacon block roots, from Ecotone. */
export const beaconRootsContract: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
/** EIP-2935: hashes of past blocks, from Isthmus. */
export const blockHashHistoryContract: Address = '0x0000f90827f1c53a10cb7a02335b175320002935'
/** Caller of the two contracts above at the start of a block. */
export const systemCaller: Address = '0xfffffffffffffffffffffffffffffffffffffffe'
