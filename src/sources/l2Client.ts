import { LRUCache } from 'lru-cache'
import { ChainError, DecodeError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { bytesFromJson, hashFromJson, JsonFields, listFromJson } from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import { predeploys } from '../chain/addresses.ts'
import { isForkActive } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L2Chain } from '../engine/interface.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { headerToEnvelope } from '../protocol/payloadHeader.ts'
import { systemConfigFromPayload } from '../protocol/payloadSystemConfig.ts'
import { provenStorageRoot } from './accountProof.ts'
import { blockFromJson } from './blockJson.ts'
import { isUnknownBlock, sourceError } from './sourceError.ts'

export interface L2ClientOptions {
  readonly config: RollupConfig
  /** Skip checking block hashes, transactions and proofs. */
  readonly trustRpc: boolean
  /** Bytes of transactions to keep. Default 64 MiB. */
  readonly cacheBytes?: number
}

/** The L2 chain as an engine in another process serves it over `eth_` methods, checked against block hashes. */
export function createL2Client(
  options: L2ClientOptions,
  deps: { readonly rpc: JsonRpcClient },
): L2Chain {
  const { config, trustRpc } = options
  const { rpc } = deps
  const envelopes = new LRUCache<Hash, PayloadEnvelope>({
    maxSize: options.cacheBytes ?? 64 * 1024 * 1024,
    sizeCalculation: envelopeSize,
  })

  async function fetchEnvelope(
    method: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<PayloadEnvelope | undefined> {
    try {
      const json = await rpc.request(method, [id, true], { signal })
      if (json === null) return undefined
      const { hash, header, transactions } = blockFromJson(json, { trustRpc })
      const envelope = headerToEnvelope(header, transactions, hash)
      envelopes.set(hash, envelope)
      return envelope
    } catch (error) {
      if (isUnknownBlock(error)) return undefined
      throw l2Error(error)
    }
  }

  async function payloadByHash(hash: Hash, signal?: AbortSignal) {
    const envelope =
      envelopes.get(hash) ?? (await fetchEnvelope('eth_getBlockByHash', hash, signal))
    if (envelope !== undefined && envelope.executionPayload.blockHash !== hash) {
      throw otherBlock(hash, envelope.executionPayload.blockHash)
    }
    return envelope
  }

  async function payloadByNumber(number: bigint, signal?: AbortSignal) {
    const envelope = await fetchEnvelope('eth_getBlockByNumber', encodeQuantity(number), signal)
    if (envelope !== undefined && envelope.executionPayload.blockNumber !== number) {
      throw otherBlock(number, envelope.executionPayload.blockNumber)
    }
    return envelope
  }

  async function existingPayload(hash: Hash, signal: AbortSignal | undefined) {
    const envelope = await payloadByHash(hash, signal)
    if (envelope === undefined) {
      throw new ChainError('temporary', 'L2_BLOCK_MISSING', `the L2 engine has no block ${hash}`)
    }
    return envelope.executionPayload
  }

  const toRef = (envelope: PayloadEnvelope | undefined) =>
    envelope && read(() => l2BlockRefFromPayload(config, envelope.executionPayload))

  return {
    payloadByHash,
    payloadByNumber,
    async blockRefByLabel(label, signal) {
      return toRef(await fetchEnvelope('eth_getBlockByNumber', label, signal))
    },
    async blockRefByHash(hash, signal) {
      return toRef(await payloadByHash(hash, signal))
    },
    async blockRefByNumber(number, signal) {
      return toRef(await payloadByNumber(number, signal))
    },
    async systemConfigByHash(hash, signal) {
      const payload = await existingPayload(hash, signal)
      return read(() => systemConfigFromPayload(config, payload))
    },
    async outputRootsByHash(hash, signal) {
      const { stateRoot, withdrawalsRoot, timestamp } = await existingPayload(hash, signal)
      if (withdrawalsRoot !== undefined && isForkActive(config, 'isthmus', timestamp)) {
        return { stateRoot, withdrawalStorageRoot: withdrawalsRoot }
      }
      try {
        const proof = await rpc.request(
          'eth_getProof',
          [predeploys.l2ToL1MessagePasser, [], { blockHash: hash }],
          { signal },
        )
        return { stateRoot, withdrawalStorageRoot: storageRootFromJson(stateRoot, proof, trustRpc) }
      } catch (error) {
        throw l2Error(error)
      }
    },
  }
}

function storageRootFromJson(stateRoot: Hash, json: unknown, trustRpc: boolean): Hash {
  const fields = new JsonFields(json, 'proof', 'PROOF_JSON')
  if (trustRpc) return fields.read('storageHash', hashFromJson)
  const nodes = fields.read('accountProof', listFromJson(bytesFromJson))
  return provenStorageRoot(stateRoot, predeploys.l2ToL1MessagePasser, nodes)
}

function envelopeSize({ executionPayload }: PayloadEnvelope): number {
  // Header and objects weigh about a kilobyte.
  return executionPayload.transactions.reduce((size, { length }) => size + length + 32, 1000)
}

/** What cannot be read of a block that the engine gave. */
function read<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw l2Error(error)
  }
}

function l2Error(error: unknown): unknown {
  return sourceError(error, 'L2', 'the L2 engine')
}

function otherBlock(asked: Hash | bigint, got: Hash | bigint): unknown {
  return l2Error(new DecodeError('BLOCK_OTHER', `asked for block ${asked}, got block ${got}`))
}
