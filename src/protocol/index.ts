/** The wire formats of the OP Stack: deposits, L1 attributes, payloads, headers, batches, upgrades. */

export { type Batch, decodeBatch, type RawBatch } from './batch/batch.ts'
export { blobBytes, decodeBlob, encodeBlob, maxBlobDataBytes } from './batch/blobCodec.ts'
export { Channel, frameAccountingBytes } from './batch/channel.ts'
export { type ChannelRules, decompressChannel, encodeChannel } from './batch/channelEncoding.ts'
export {
  decodeFrames,
  encodeFrames,
  type Frame,
  frameOverheadBytes,
  maxFrameDataBytes,
} from './batch/frame.ts'
export {
  decodeSingularBatch,
  encodeSingularBatch,
  type SingularBatch,
} from './batch/singularBatch.ts'
export { decodeSpanBatch, SpanBatch, type SpanBatchChain } from './batch/spanBatch.ts'
export { encodeSpanBatch, SpanBatchEncoder } from './batch/spanBatchEncoder.ts'
export { maxSpanBatchElements } from './batch/spanBatchLayout.ts'
export { type DepositLog, decodeDepositLog, depositEventTopic, isDepositLog } from './depositLog.ts'
export { type DepositSource, depositSourceHash } from './depositSource.ts'
export {
  type DepositTransaction,
  decodeDepositTransaction,
  encodeDepositTransaction,
} from './depositTransaction.ts'
export { EngineApiError, engineErrorCodes } from './engineApiError.ts'
export {
  decodeEip1559Params,
  decodeExtraData,
  type Eip1559Params,
  encodeEip1559Params,
  encodeExtraData,
  type FeeParams,
} from './extraData.ts'
export { type BlockHeader, decodeHeader, encodeHeader, hashHeader } from './header.ts'
export {
  decodeL1Attributes,
  encodeL1Attributes,
  type L1Attributes,
  type L1AttributesFormat,
} from './l1Attributes.ts'
export {
  defaultDaFootprintGasScalar,
  type L1Origin,
  l1AttributesTransaction,
} from './l1AttributesTransaction.ts'
export { encodeOutputRoot, type OutputRootParts, outputRoot } from './outputRoot.ts'
export type { ExecutionPayload, PayloadAttributes, PayloadEnvelope, Withdrawal } from './payload.ts'
export {
  assertPayloadBlockHash,
  envelopeToHeader,
  headerToEnvelope,
  payloadBlockHash,
} from './payloadHeader.ts'
export { payloadId } from './payloadId.ts'
export {
  executionPayloadFromJson,
  executionPayloadToJson,
  payloadAttributesFromJson,
  payloadAttributesToJson,
  payloadEnvelopeFromJson,
  payloadEnvelopeToJson,
} from './payloadJson.ts'
export { decodeReceipt, encodeReceipt, type Log, type Receipt, receiptsRoot } from './receipt.ts'
export {
  decodeConfigUpdateLog,
  type SystemConfigUpdate,
  updateSystemConfig,
} from './systemConfigUpdate.ts'
export { isDepositTransaction, transactionHash, transactionType } from './transaction.ts'
export { parseUpgradeBundle, type UpgradeBundle } from './upgrade/upgradeBundle.ts'
export { type UpgradeFork, upgradeFacts, upgradeForks } from './upgrade/upgradeFacts.ts'
export {
  type BlockUpgrade,
  type UpgradeBundles,
  upgradeOfBlock,
  upgradeTransactions,
} from './upgrade/upgradeTransactions.ts'
