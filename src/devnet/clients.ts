import { createPublicClient, createTestClient, createWalletClient, defineChain, http } from 'viem'
import {
  chainConfig,
  publicActionsL1,
  publicActionsL2,
  walletActionsL1,
  walletActionsL2,
} from 'viem/op-stack'
import type { SigningAccount } from './accounts.ts'
import type { ContractArtifacts } from './contractArtifacts.ts'
import type { DevnetDescriptor } from './options.ts'

/** viem's picture of the L1. */
export function createL1Chain(
  { l1 }: Pick<DevnetDescriptor, 'l1'>,
  { preinstalls }: Pick<ContractArtifacts, 'preinstalls'>,
) {
  return defineChain({
    id: l1.chainId,
    name: 'takt devnet L1',
    nativeCurrency: ether,
    rpcUrls: { default: { http: [l1.rpcUrl], webSocket: [l1.wsUrl] } },
    contracts: { multicall3: { address: preinstalls['MultiCall3']!.address } },
  })
}

/** viem's picture of the L2, with what its `op-stack` actions look for: contracts on L1 by the id of that chain. */
export function createL2Chain(
  { l1, l2 }: Pick<DevnetDescriptor, 'l1' | 'l2'>,
  { preinstalls }: Pick<ContractArtifacts, 'preinstalls'>,
) {
  const onL1 = (name: keyof typeof l1.contracts) => ({
    [l1.chainId]: { address: l1.contracts[name] },
  })
  return defineChain({
    ...chainConfig,
    id: l2.chainId,
    name: 'takt devnet L2',
    nativeCurrency: ether,
    rpcUrls: { default: { http: [l2.rpcUrl], webSocket: [l2.wsUrl] } },
    sourceId: l1.chainId,
    contracts: {
      ...chainConfig.contracts,
      multicall3: { address: preinstalls['MultiCall3']!.address },
      portal: onL1('optimismPortal'),
      l1StandardBridge: onL1('l1StandardBridge'),
      l1Erc721Bridge: onL1('l1ERC721Bridge'),
      l1CrossDomainMessenger: onL1('l1CrossDomainMessenger'),
      l2OutputOracle: onL1('l2OutputOracle'),
    },
  })
}

/** viem clients for L1: to read, to send as `account`, and to steer anvil. */
export function createL1Clients(
  chain: ReturnType<typeof createL1Chain>,
  { signer }: SigningAccount,
) {
  const options = { chain, transport: http(), ...eager }
  return {
    publicClient: createPublicClient(options).extend(publicActionsL1()),
    walletClient: createWalletClient({ ...options, account: signer }).extend(walletActionsL1()),
    testClient: createTestClient({ ...options, mode: 'anvil' }),
  }
}

/** viem clients for L2: to read, and to send as `account`. */
export function createL2Clients(
  chain: ReturnType<typeof createL2Chain>,
  { signer }: SigningAccount,
) {
  const options = { chain, transport: http(), ...eager }
  return {
    publicClient: createPublicClient(options).extend(publicActionsL2()),
    walletClient: createWalletClient({ ...options, account: signer }).extend(walletActionsL2()),
  }
}

const ether = { name: 'Ether', symbol: 'ETH', decimals: 18 }

/** The chain is on this machine: ask often, and never show what was true a moment ago. */
const eager = { pollingInterval: 100, cacheTime: 0 }
