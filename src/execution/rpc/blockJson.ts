import { bytesToHex, type Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { type BlockHeader, encodeHeader } from '../../protocol/header.ts'
import { transactionType, transactionTypes } from '../../protocol/transaction.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import { decodeTransaction } from '../transaction/transaction.ts'
import { transactionToJson } from './transactionJson.ts'

/** A block as `eth_getBlockByHash` gives it, with whole transactions or their hashes. */
export function blockToJson(block: BlockRecord, isFull: boolean): Record<string, unknown> {
  const { hash, header, transactions, transactionHashes, outcomes } = block
  return {
    ...headerToJson(header, hash),
    size: encodeQuantity(blockSizeBytes(block)),
    uncles: [],
    ...(header.withdrawalsRoot !== undefined && { withdrawals: [] }),
    transactions: transactions.map((encoded, index) =>
      isFull
        ? transactionToJson(decodeTransaction(encoded), {
            blockHash: hash,
            blockNumber: header.number,
            index,
            baseFeePerGas: header.baseFeePerGas ?? 0n,
            outcome: outcomes[index]!,
          })
        : transactionHashes[index],
    ),
  }
}

/** A header as `newHeads` gives it. */
export function headerToJson(header: BlockHeader, hash: Hash): Record<string, unknown> {
  const optional = (name: string, value: bigint | undefined) =>
    value === undefined ? {} : { [name]: encodeQuantity(value) }
  return {
    hash,
    parentHash: header.parentHash,
    sha3Uncles: header.ommersHash,
    miner: header.beneficiary,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: bytesToHex(header.logsBloom),
    difficulty: encodeQuantity(header.difficulty),
    number: encodeQuantity(header.number),
    gasLimit: encodeQuantity(header.gasLimit),
    gasUsed: encodeQuantity(header.gasUsed),
    timestamp: encodeQuantity(header.timestamp),
    extraData: bytesToHex(header.extraData),
    mixHash: header.mixHash,
    nonce: bytesToHex(header.nonce),
    ...optional('baseFeePerGas', header.baseFeePerGas),
    ...(header.withdrawalsRoot !== undefined && { withdrawalsRoot: header.withdrawalsRoot }),
    ...optional('blobGasUsed', header.blobGasUsed),
    ...optional('excessBlobGas', header.excessBlobGas),
    ...(header.parentBeaconBlockRoot !== undefined && {
      parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    }),
    ...(header.requestsHash !== undefined && { requestsHash: header.requestsHash }),
  }
}

/** Length of the block's RLP: header, transactions, no ommers, and from Canyon on no withdrawals. */
function blockSizeBytes({ header, transactions }: BlockRecord): number {
  let body = 0
  for (const encoded of transactions) {
    const isTyped = transactionType(encoded) !== transactionTypes.legacy
    body += isTyped ? withPrefix(encoded.length) : encoded.length
  }
  const emptyLists = header.withdrawalsRoot === undefined ? 1 : 2
  return withPrefix(encodeHeader(header).length + withPrefix(body) + emptyLists)
}

/** Length of an RLP item with that payload, which must be longer than a byte. */
function withPrefix(payload: number): number {
  if (payload <= 55) return payload + 1
  return payload + 1 + Math.ceil(payload.toString(16).length / 2)
}
