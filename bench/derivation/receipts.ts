import { bigIntToBytes, concatBytes } from '../../src/base/bytes.ts'
import { type Address, type Hash, zeroHash } from '../../src/base/hex.ts'
import { keccak256, keccak256Hex } from '../../src/base/keccak.ts'
import { depositEventTopic } from '../../src/protocol/depositLog.ts'
import { logsBloom } from '../../src/protocol/logsBloom.ts'
import type { Log, Receipt } from '../../src/protocol/receipt.ts'
import type { Random } from '../../src/runtime/random.ts'

const logsPerReceipt = 3

/**
 * Receipts such as those of a busy L1 block: three logs each, of so many contracts and accounts that over half of the
 * block's bloom is set, as on Ethereum.
 *
 * @param portal - Has a deposit in the last receipt, if given.
 */
export function busyReceipts(count: number, random: Random, portal?: Address): Receipt[] {
  return Array.from({ length: count }, (_, index) => {
    const logs = Array.from({ length: logsPerReceipt }, () => transferLog(random))
    if (portal !== undefined && index === count - 1) logs.push(depositLog(portal))
    return {
      type: 2,
      succeeded: true,
      cumulativeGasUsed: 150_000n * BigInt(index + 1),
      logsBloom: logsBloom(logs),
      logs,
      depositNonce: undefined,
      depositReceiptVersion: undefined,
    }
  })
}

function transferLog(random: Random): Log {
  const pick = (kind: string, count: number) => name(`${kind} ${Math.floor(count * random())}`)
  const account = () => `0x${'00'.repeat(12)}${pick('account', 500).slice(26)}` as Hash
  return {
    address: `0x${pick('contract', 120).slice(26)}`,
    topics: [pick('event', 20), account(), account()],
    data: keccak256(bigIntToBytes(BigInt(Math.floor(2 ** 32 * random())), 32)),
  }
}

/** A deposit of 1 wei with 21,000 gas, opaque data of 73 bytes. */
function depositLog(portal: Address): Log {
  const [mint, value, gas] = [
    bigIntToBytes(1n, 32),
    bigIntToBytes(1n, 32),
    bigIntToBytes(21_000n, 8),
  ]
  const opaque = concatBytes(mint, value, gas, new Uint8Array(1))
  const padding = new Uint8Array(96 - opaque.length)
  const account = `0x${'00'.repeat(12)}${name('depositor').slice(26)}` as Hash
  return {
    address: portal,
    topics: [depositEventTopic, account, account, zeroHash],
    data: concatBytes(
      bigIntToBytes(32n, 32),
      bigIntToBytes(BigInt(opaque.length), 32),
      opaque,
      padding,
    ),
  }
}

function name(text: string): Hash {
  return keccak256Hex(new TextEncoder().encode(text))
}
