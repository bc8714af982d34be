import { ChainError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import { predeploys } from '../../chain/addresses.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { L2Chain } from '../../engine/interface.ts'
import { emptyTrieRoot } from '../../protocol/header.ts'
import { l2BlockRefFromPayload } from '../../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { headerToEnvelope } from '../../protocol/payloadHeader.ts'
import { systemConfigFromPayload } from '../../protocol/payloadSystemConfig.ts'
import type { StateDatabase } from '../state/stateDatabase.ts'
import { WorldState } from '../state/worldState.ts'
import type { ChainStore } from './chainStore.ts'

/** The engine's chain as the rollup node reads it. Without a rollup config refs cannot be made. */
export function createL2Chain(
  rollup: RollupConfig | undefined,
  deps: { readonly chain: ChainStore; readonly states: StateDatabase },
): L2Chain {
  const { chain, states } = deps

  const payload = (hash: Hash | undefined): PayloadEnvelope | undefined => {
    const block = hash && chain.block(hash)
    return block && headerToEnvelope(block.header, block.transactions, block.hash)
  }
  const ref = (hash: Hash | undefined) => {
    const envelope = payload(hash)
    return envelope && l2BlockRefFromPayload(requireRollup(), envelope.executionPayload)
  }
  const requireRollup = (): RollupConfig => {
    if (rollup !== undefined) return rollup
    throw new ChainError(
      'critical',
      'ROLLUP_CONFIG_MISSING',
      'the engine was started without a rollup config and cannot trace L2 blocks to L1',
    )
  }

  return {
    blockRefByLabel: async (label) => {
      const { head, safe, finalized } = chain.heads
      return ref({ latest: head, safe, finalized }[label]?.hash)
    },
    blockRefByHash: async (hash) => ref(hash),
    blockRefByNumber: async (number) => ref(chain.canonicalHash(number)),
    payloadByHash: async (hash) => payload(hash),
    payloadByNumber: async (number) => payload(chain.canonicalHash(number)),
    systemConfigByHash: async (hash) => {
      const envelope = payload(hash)
      if (envelope === undefined) throw unknownBlock(hash)
      return systemConfigFromPayload(requireRollup(), envelope.executionPayload)
    },
    outputRootsByHash: async (hash) => {
      const header = chain.header(hash)
      if (header === undefined) throw unknownBlock(hash)
      const { stateRoot, requestsHash, withdrawalsRoot } = header
      // From Isthmus on, which brought the requests hash, the header itself commits to the storage root.
      if (requestsHash !== undefined) return { stateRoot, withdrawalStorageRoot: withdrawalsRoot! }
      const passer = WorldState.at(states, stateRoot).account(predeploys.l2ToL1MessagePasser)
      return { stateRoot, withdrawalStorageRoot: passer?.storageRoot ?? emptyTrieRoot }
    },
  }
}

function unknownBlock(hash: Hash): ChainError {
  return new ChainError('reset', 'L2_BLOCK_UNKNOWN', `the engine has no block ${hash}`, {
    context: { hash },
  })
}
