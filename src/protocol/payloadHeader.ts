import { equalBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Hash, hexToBytes } from '../base/hex.ts'
import { type RlpItem, rlpEncode, rlpUint } from '../base/rlp.ts'
import { orderedTrieRoot } from '../trie/orderedRoot.ts'
import { type BlockHeader, emptyOmmersHash, emptyRequestsHash, hashHeader } from './header.ts'
import type { PayloadEnvelope, Withdrawal } from './payload.ts'

/**
 * The header of the block that a payload carries; the payload's own `blockHash` is not looked at.
 *
 * A payload with `withdrawalsRoot` is of Isthmus or later, whose headers commit to an empty list of requests.
 */
export function envelopeToHeader(envelope: PayloadEnvelope): BlockHeader {
  const payload = envelope.executionPayload
  return {
    parentHash: payload.parentHash,
    ommersHash: emptyOmmersHash,
    beneficiary: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    transactionsRoot: transactionsRoot(payload.transactions),
    receiptsRoot: payload.receiptsRoot,
    logsBloom: payload.logsBloom,
    difficulty: 0n,
    number: payload.blockNumber,
    gasLimit: payload.gasLimit,
    gasUsed: payload.gasUsed,
    timestamp: payload.timestamp,
    extraData: payload.extraData,
    mixHash: payload.prevRandao,
    nonce: new Uint8Array(8),
    baseFeePerGas: payload.baseFeePerGas,
    withdrawalsRoot:
      payload.withdrawalsRoot ?? (payload.withdrawals && withdrawalsListRoot(payload.withdrawals)),
    blobGasUsed: payload.blobGasUsed,
    excessBlobGas: payload.excessBlobGas,
    parentBeaconBlockRoot: envelope.parentBeaconBlockRoot,
    requestsHash: payload.withdrawalsRoot === undefined ? undefined : emptyRequestsHash,
  }
}

/** The hash that the payload's fields add up to. */
export function payloadBlockHash(envelope: PayloadEnvelope): Hash {
  return hashHeader(envelopeToHeader(envelope))
}

/** @throws {DecodeError} `PAYLOAD_BLOCK_HASH` when the payload's `blockHash` is not that of its fields. */
export function assertPayloadBlockHash(envelope: PayloadEnvelope): void {
  const expected = payloadBlockHash(envelope)
  const { blockHash, blockNumber } = envelope.executionPayload
  if (blockHash !== expected) {
    throw new DecodeError(
      'PAYLOAD_BLOCK_HASH',
      `payload ${blockNumber} says its hash is ${blockHash}, its fields hash to ${expected}`,
    )
  }
}

/**
 * The payload of an L2 block known by header and transactions.
 *
 * @param hash - Of the header, where it is known; computed otherwise.
 * @throws {DecodeError} `HEADER_NOT_L2` when the header cannot be that of an L2 block.
 */
export function headerToEnvelope(
  header: BlockHeader,
  transactions: readonly Uint8Array[],
  hash: Hash = hashHeader(header),
): PayloadEnvelope {
  if (header.baseFeePerGas === undefined || header.ommersHash !== emptyOmmersHash) {
    throw new DecodeError('HEADER_NOT_L2', `block ${hash} has ommers or no base fee`)
  }
  if (header.difficulty !== 0n || !equalBytes(header.nonce, new Uint8Array(8))) {
    throw new DecodeError('HEADER_NOT_L2', `block ${hash} has a proof-of-work difficulty or nonce`)
  }
  return {
    executionPayload: {
      parentHash: header.parentHash,
      feeRecipient: header.beneficiary,
      stateRoot: header.stateRoot,
      receiptsRoot: header.receiptsRoot,
      logsBloom: header.logsBloom,
      prevRandao: header.mixHash,
      blockNumber: header.number,
      gasLimit: header.gasLimit,
      gasUsed: header.gasUsed,
      timestamp: header.timestamp,
      extraData: header.extraData,
      baseFeePerGas: header.baseFeePerGas,
      blockHash: hash,
      transactions,
      withdrawals: header.withdrawalsRoot === undefined ? undefined : [],
      blobGasUsed: header.blobGasUsed,
      excessBlobGas: header.excessBlobGas,
      withdrawalsRoot: header.requestsHash === undefined ? undefined : header.withdrawalsRoot,
    },
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
  }
}

/** Root of the trie of a block's transactions, by index. */
export function transactionsRoot(transactions: readonly Uint8Array[]): Hash {
  return orderedTrieRoot(transactions)
}

/** The RLP fields of a withdrawal. */
export function withdrawalFields(withdrawal: Withdrawal): RlpItem {
  return [
    rlpUint(withdrawal.index),
    rlpUint(withdrawal.validatorIndex),
    hexToBytes(withdrawal.address),
    rlpUint(withdrawal.amount),
  ]
}

function withdrawalsListRoot(withdrawals: readonly Withdrawal[]): Hash {
  return orderedTrieRoot(withdrawals.map((withdrawal) => rlpEncode(withdrawalFields(withdrawal))))
}
