import type { Hash } from '../base/hex.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { encodeDepositTransaction } from '../protocol/depositTransaction.ts'
import type { BlockHeader } from '../protocol/header.ts'
import { emptyOmmersHash, emptyRequestsHash, emptyTrieRoot } from '../protocol/header.ts'
import { type L1Origin, l1AttributesTransaction } from '../protocol/l1AttributesTransaction.ts'

/** A header of the newest fork with every field set. */
export function testHeader(changes: Partial<BlockHeader> = {}): BlockHeader {
  return {
    parentHash: `0x${'0a'.repeat(32)}`,
    ommersHash: emptyOmmersHash,
    beneficiary: '0x4200000000000000000000000000000000000011',
    stateRoot: `0x${'0b'.repeat(32)}`,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: `0x${'0c'.repeat(32)}`,
    logsBloom: new Uint8Array(256).fill(3),
    difficulty: 0n,
    number: 5n,
    gasLimit: 30_000_000n,
    gasUsed: 15_000_000n,
    timestamp: 1_010n,
    extraData: new Uint8Array(0),
    mixHash: `0x${'0d'.repeat(32)}`,
    nonce: new Uint8Array(8),
    baseFeePerGas: 1_000_000_000n,
    withdrawalsRoot: `0x${'0e'.repeat(32)}`,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: `0x${'0f'.repeat(32)}`,
    requestsHash: emptyRequestsHash,
    ...changes,
  }
}

/** An L1 block with that number and hash, as an origin. */
export function testOrigin(number: bigint, hash: Hash, timestamp: bigint): L1Origin {
  return {
    ref: { hash, number, parentHash: `0x${'aa'.repeat(32)}`, timestamp },
    header: testHeader({ number, timestamp, excessBlobGas: 0n }),
    blobBaseFee: 1n,
  }
}

/** The encoded L1-attributes transaction of an L2 block. */
export function testL1InfoTransaction(
  config: RollupConfig,
  systemConfig: SystemConfig,
  origin: L1Origin,
  sequenceNumber: bigint,
  l2Timestamp: bigint,
): Uint8Array {
  return encodeDepositTransaction(
    l1AttributesTransaction(config, systemConfig, origin, sequenceNumber, l2Timestamp),
  )
}
