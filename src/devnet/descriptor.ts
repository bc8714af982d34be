import type { DevnetAccounts } from './accounts.ts'
import type { DevnetChain } from './chainFiles.ts'
import type { DevnetL1 } from './l1/l1.ts'
import type { DevnetDescriptor, DevnetOptions } from './options.ts'
import type { RollupNode } from './services/rollupNode.ts'
import type { StateDir } from './stateDir.ts'

export interface DescribedParts {
  readonly l1: DevnetL1
  readonly sequencer: RollupNode
  readonly verifier: RollupNode | undefined
  readonly chain: DevnetChain
  readonly stateDir: StateDir
  readonly accounts: DevnetAccounts
  readonly control: { readonly url: string }
}

/** Says where everything is, once it is there. */
export function describeDevnet(options: DevnetOptions, parts: DescribedParts): DevnetDescriptor {
  const { l1, sequencer, verifier, chain, stateDir, accounts, control } = parts
  return {
    l1: {
      rpcUrl: l1.rpcUrl,
      wsUrl: l1.wsUrl,
      beaconUrl: l1.rpcUrl,
      chainId: options.l1ChainId,
      contracts: chain.contracts,
    },
    l2: {
      ...engineUrls(sequencer),
      jwtSecretPath: stateDir.jwtSecretPath,
      chainId: options.l2ChainId,
    },
    node: { rpcUrl: sequencer.rpcUrl },
    ...(verifier && { verifier: { rpcUrl: verifier.rpcUrl, l2: engineUrls(verifier) } }),
    control: { rpcUrl: control.url },
    rollupConfigPath: stateDir.rollupConfigPath,
    genesisPath: stateDir.genesisPath,
    accounts: accounts.users.map(({ address, privateKey }) => ({ address, privateKey })),
  }
}

function engineUrls({ engine: { rpcUrl, wsUrl, engineUrl } }: RollupNode) {
  return { rpcUrl, wsUrl, engineUrl }
}
