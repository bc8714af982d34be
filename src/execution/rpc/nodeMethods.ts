import { bytesToHex } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { param } from '../../jsonrpc/params.ts'
import { parseBytes } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** Methods about the engine itself: which chain, which program. */
export function nodeMethods({ config, clientVersion }: RpcDeps): RpcMethods {
  return {
    eth_chainId: async () => encodeQuantity(config.chainId),
    // The engine takes its blocks from the rollup node and never fetches them itself.
    eth_syncing: async () => false,
    // Keys belong to wallets.
    eth_accounts: async () => [],
    eth_mining: async () => false,
    eth_hashrate: async () => '0x0',
    net_version: async () => config.chainId.toString(),
    net_listening: async () => true,
    net_peerCount: async () => '0x0',
    web3_clientVersion: async () => clientVersion,
    web3_sha3: async (params) => bytesToHex(keccak256(param(params, 0, parseBytes))),
  }
}
