import { type Hash, zeroAddress } from '../base/hex.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { engineMethods } from '../execution/api/engineMethods.ts'
import { headerToJson } from '../execution/rpc/blockJson.ts'
import { transactionToJson } from '../execution/rpc/transactionJson.ts'
import { decodeTransaction } from '../execution/transaction/transaction.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { encodeDepositTransaction } from '../protocol/depositTransaction.ts'
import { l1AttributesTransaction } from '../protocol/l1AttributesTransaction.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { envelopeToHeader } from '../protocol/payloadHeader.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { FakeEngine } from './fakeEngine.ts'
import { l1BlockOn } from './rpcL1.ts'

/** The Engine API and the `eth_` methods that a node asks for, over a fake engine. */
export function rpcEngineMethods(engine: FakeEngine, config: RollupConfig): RpcMethods {
  const service = {
    forkchoiceUpdated: engine.forkchoiceUpdated.bind(engine),
    getPayload: engine.getPayload.bind(engine),
    newPayload: engine.newPayload.bind(engine),
    payloadTimestamp: () => engine.head.timestamp + config.blockTime,
    blockValue: () => 0n,
  }
  const byId = async (id: string) => {
    if (id !== 'latest' && id !== 'safe' && id !== 'finalized') {
      return engine.payloadByNumber(BigInt(id))
    }
    const ref = await engine.blockRefByLabel(id)
    return ref && engine.payloadByHash(ref.hash)
  }
  return {
    ...engineMethods({
      engine: service,
      chain: engine,
      headNumber: () => engine.head.number,
      schedule: config,
      version: '0.0.0',
      logger: silentLogger,
    }),
    eth_chainId: async () => encodeQuantity(config.l2ChainId),
    eth_getBlockByHash: async ([hash]) => blockToJson(await engine.payloadByHash(hash as Hash)),
    eth_getBlockByNumber: async ([id]) => blockToJson(await byId(String(id))),
  }
}

/** Attributes of a block on the engine's head, with an L1-attributes transaction and what is given. */
export function attributesOnHead(
  engine: FakeEngine,
  config: RollupConfig,
  transactions: readonly Uint8Array[] = [],
): PayloadAttributes {
  const timestamp = engine.head.timestamp + config.blockTime
  const { l1 } = config.genesis
  const { header } = l1BlockOn(undefined)
  const origin = {
    ref: { ...l1, parentHash: header.parentHash, timestamp: config.genesis.l2Time },
    header,
    blobBaseFee: 1n,
  }
  const l1Info = l1AttributesTransaction(
    config,
    config.genesis.systemConfig,
    origin,
    engine.head.number + 1n,
    timestamp,
  )
  return {
    timestamp,
    prevRandao: l1.hash,
    suggestedFeeRecipient: zeroAddress,
    withdrawals: [],
    parentBeaconBlockRoot: l1.hash,
    transactions: [encodeDepositTransaction(l1Info), ...transactions],
    noTxPool: true,
    gasLimit: config.genesis.systemConfig.gasLimit,
    eip1559Params: new Uint8Array(8),
    minBaseFee: 0n,
  }
}

function blockToJson(envelope: PayloadEnvelope | undefined): Record<string, unknown> | undefined {
  if (envelope === undefined) return undefined
  const { blockHash, transactions } = envelope.executionPayload
  return {
    ...headerToJson(envelopeToHeader(envelope), blockHash),
    transactions: transactions.map((encoded) =>
      transactionToJson(decodeTransaction(encoded), undefined),
    ),
    withdrawals: [],
  }
}
