import {
  type Chain,
  type Client,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  type HttpTransport,
  http,
  type PublicActions,
  type PublicRpcSchema,
  type TestClient,
  type WalletActions,
  type WalletRpcSchema,
} from 'viem'
import type { LocalAccount } from 'viem/accounts'
import {
  chainConfig,
  type PublicActionsL1,
  type PublicActionsL2,
  publicActionsL1,
  publicActionsL2,
  type WalletActionsL1,
  type WalletActionsL2,
  walletActionsL1,
  walletActionsL2,
} from 'viem/op-stack'
import type { SigningAccount } from './accounts.ts'
import type { ContractArtifacts } from './genesis/contractArtifacts.ts'
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
      disputeGameFactory: onL1('disputeGameFactory'),
    },
  })
}

export type L1Chain = ReturnType<typeof createL1Chain>
export type L2Chain = ReturnType<typeof createL2Chain>

/** viem clients for L1. */
export interface L1Clients {
  readonly publicClient: Reader<L1Chain, PublicActionsL1<L1Chain>>
  /** Sends as the first of the devnet's accounts. */
  readonly walletClient: Sender<L1Chain, WalletActionsL1<L1Chain, LocalAccount>>
  /** Steers anvil. */
  readonly testClient: TestClient<'anvil', HttpTransport, L1Chain>
}

/** viem clients for L2. */
export interface L2Clients {
  readonly publicClient: Reader<L2Chain, PublicActionsL2<L2Chain>>
  /** Sends as the first of the devnet's accounts. */
  readonly walletClient: Sender<L2Chain, WalletActionsL2<L2Chain, LocalAccount>>
}

type Reader<C extends Chain, Actions> = Client<
  HttpTransport,
  C,
  undefined,
  PublicRpcSchema,
  PublicActions<HttpTransport, C> & Actions
>

type Sender<C extends Chain, Actions> = Client<
  HttpTransport,
  C,
  LocalAccount,
  WalletRpcSchema,
  WalletActions<C, LocalAccount> & Actions
>

export function createL1Clients(chain: L1Chain, { signer }: SigningAccount): L1Clients {
  const options = { chain, transport: http(), ...eager }
  return {
    publicClient: createPublicClient(options).extend(publicActionsL1()),
    walletClient: createWalletClient({ ...options, account: signer }).extend(walletActionsL1()),
    testClient: createTestClient({ ...options, mode: 'anvil' }),
  }
}

export function createL2Clients(chain: L2Chain, { signer }: SigningAccount): L2Clients {
  const options = { chain, transport: http(), ...eager }
  return {
    publicClient: createPublicClient(options).extend(publicActionsL2()),
    walletClient: createWalletClient({ ...options, account: signer }).extend(walletActionsL2()),
  }
}

const ether = { name: 'Ether', symbol: 'ETH', decimals: 18 }

/** The chain is on this machine: ask often, and never show what was true a moment ago. */
const eager = { pollingInterval: 100, cacheTime: 0 }
