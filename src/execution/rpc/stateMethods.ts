import { bytesToBigInt } from '../../base/bytes.ts'
import { bytesToHex, type Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { optionalParam, param } from '../../jsonrpc/params.ts'
import { emptyAccount } from '../state/account.ts'
import { WorldState } from '../state/worldState.ts'
import {
  type BlockSelector,
  latestBlock,
  parseBlockSelector,
  requireHash,
} from './blockSelector.ts'
import { parseAddress, parseList, parseSlot } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** Methods that read accounts, code and storage as of a block. */
export function stateMethods({ chain, states, pool }: RpcDeps): RpcMethods {
  const selectorAt = (params: unknown[], index: number): BlockSelector =>
    optionalParam(params, index, parseBlockSelector) ?? latestBlock
  const stateAt = (params: unknown[], index: number): WorldState =>
    WorldState.at(states, chain.header(requireHash(chain, selectorAt(params, index)))!.stateRoot)

  return {
    eth_getBalance: async (params) => {
      const address = param(params, 0, parseAddress)
      return encodeQuantity(stateAt(params, 1).account(address)?.balance ?? 0n)
    },
    eth_getTransactionCount: async (params) => {
      const address = param(params, 0, parseAddress)
      const selector = selectorAt(params, 1)
      // Of all that is pending only the nonces are known before the block is sealed.
      if (selector.type === 'tag' && selector.tag === 'pending') {
        return encodeQuantity(pool.nextNonce(address))
      }
      return encodeQuantity(stateAt(params, 1).account(address)?.nonce ?? 0n)
    },
    eth_getCode: async (params) => {
      const address = param(params, 0, parseAddress)
      const state = stateAt(params, 1)
      const account = state.account(address)
      return account === undefined ? '0x' : bytesToHex(state.code(account.codeHash))
    },
    eth_getStorageAt: async (params) => {
      const address = param(params, 0, parseAddress)
      const slot = param(params, 1, parseSlot)
      return word(stateAt(params, 2).storage(address, slot))
    },
    eth_getProof: async (params) => {
      const address = param(params, 0, parseAddress)
      const slots = optionalParam(params, 1, parseList(parseSlot)) ?? []
      return proofToJson(stateAt(params, 2), address, slots)
    },
  }
}

function proofToJson(state: WorldState, address: Hash, slots: readonly Hash[]): unknown {
  const { account, accountProof, storageProof } = state.prove(address, slots)
  const { nonce, balance, codeHash, storageRoot } = account ?? emptyAccount
  return {
    address,
    accountProof: accountProof.map(bytesToHex),
    nonce: encodeQuantity(nonce),
    balance: encodeQuantity(balance),
    codeHash,
    storageHash: storageRoot,
    storageProof: storageProof.map(({ slot, value, proof }) => ({
      key: slot,
      value: encodeQuantity(bytesToBigInt(value)),
      proof: proof.map(bytesToHex),
    })),
  }
}

/** A storage value as 32 bytes. */
function word(value: Uint8Array): Hash {
  return `0x${bytesToHex(value).slice(2).padStart(64, '0')}`
}
