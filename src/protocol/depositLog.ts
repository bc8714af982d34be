import { bytesToBigInt } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, type Hash, zeroHash } from '../base/hex.ts'
import { depositSourceHash } from './depositSource.ts'
import type { DepositTransaction } from './depositTransaction.ts'

/** Topic of `TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes)`. */
export const depositEventTopic: Hash =
  '0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32'

/** What a deposit is made from: a log of the OptimismPortal. */
export interface DepositLog {
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
  /** Position in the L1 block, over all receipts. */
  readonly logIndex: bigint
}

/** True when a log of the portal announces a deposit, whether well formed or not. */
export function isDepositLog(log: DepositLog): boolean {
  return log.topics[0] === depositEventTopic
}

/**
 * The deposit that a TransactionDeposited log asks for. `data` is a view into the log.
 *
 * Opaque data, version 0: `mint u256 | value u256 | gas u64 | isCreation u8 | data`, packed.
 *
 * @throws {DecodeError} `DEPOSIT_LOG` saying what is wrong. The portal emits only well-formed logs, so
 * whoever reads one from it must not go on without the deposit.
 * @see https://specs.optimism.io/protocol/deposits.html#user-deposited-transactions
 */
export function decodeDepositLog(log: DepositLog, l1BlockHash: Hash): DepositTransaction {
  const { topics, data } = log
  if (topics.length !== 4) throw malformed(`expected 4 topics, got ${topics.length}`)
  if (topics[0] !== depositEventTopic) throw malformed(`unknown event ${topics[0]}`)
  if (topics[3] !== zeroHash) throw malformed(`unknown version ${topics[3]}`)
  const opaque = opaqueData(data)
  return {
    sourceHash: depositSourceHash({ type: 'user', l1BlockHash, logIndex: log.logIndex }),
    from: topicToAddress(topics[1]!),
    to: opaque[72] === 0 ? topicToAddress(topics[2]!) : undefined,
    mint: bytesToBigInt(opaque.subarray(0, 32)),
    value: bytesToBigInt(opaque.subarray(32, 64)),
    gas: bytesToBigInt(opaque.subarray(64, 72)),
    isSystemTransaction: false,
    data: opaque.subarray(73),
  }
}

/** The `bytes` argument of the event, ABI-encoded with minimal padding. */
function opaqueData(data: Uint8Array): Uint8Array {
  if (data.length < 64 || data.length % 32 !== 0) {
    throw malformed(`data must be whole 32-byte words, at least 2, got ${data.length} bytes`)
  }
  const offset = bytesToBigInt(data.subarray(0, 32))
  if (offset !== 32n) throw malformed(`opaque data must begin at byte 32, got ${offset}`)
  const length = bytesToBigInt(data.subarray(32, 64))
  const room = BigInt(data.length - 64)
  if (length > room || length + 32n <= room) {
    throw malformed(`opaque data says ${length} bytes, but ${room} padded bytes follow`)
  }
  if (length < 73n) throw malformed(`opaque data needs at least 73 bytes, got ${length}`)
  return data.subarray(64, 64 + Number(length))
}

function topicToAddress(topic: Hash): Address {
  return `0x${topic.slice(26)}`
}

function malformed(problem: string): DecodeError {
  return new DecodeError('DEPOSIT_LOG', `malformed TransactionDeposited log: ${problem}`)
}
