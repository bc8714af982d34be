import { z } from 'zod'
import { concatBytes } from '../../base/bytes.ts'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { type Hash, type Hex, hexToBytes } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import { depositSourceHash } from '../depositSource.ts'
import { type DepositTransaction, encodeDepositTransaction } from '../depositTransaction.ts'
import { type UpgradeFork, type UpgradeTransactionFacts, upgradeFacts } from './upgradeFacts.ts'

/** The upgrade transactions of one fork, checked against what takt knows of them. */
export interface UpgradeBundle {
  readonly fork: UpgradeFork
  /** Encoded deposits, in order. */
  readonly transactions: readonly Uint8Array[]
  /** Sum of their gas limits. */
  readonly gas: bigint
}

/**
 * Parses and checks the bundle file of a fork: `{ metadata: { version }, transactions: [{ intent, from, to, data,
 * gasLimit }] }`, the format of Karst's network upgrade transactions, which takt uses for the older forks too.
 *
 * @throws {ConfigError} `UPGRADE_BUNDLE_INVALID` when it is malformed, `UPGRADE_BUNDLE_WRONG` when it is not the
 * upgrade that the chain knows.
 * @see https://specs.optimism.io/protocol/l2-upgrades-1-execution.html#bundle-format
 */
export function parseUpgradeBundle(fork: UpgradeFork, text: string): UpgradeBundle {
  const { transactions } = parseJson(fork, text)
  const facts = upgradeFacts[fork]
  if (facts.transactions) assertFacts(fork, transactions, facts.transactions)
  const deposits = transactions.map((transaction, index) =>
    toDeposit(
      transaction,
      facts.transactions?.[index]?.intent ?? intentOf(fork, transaction, index),
    ),
  )
  const encoded = deposits.map(encodeDepositTransaction)
  const hash = upgradeHash(encoded)
  if (hash !== facts.hash) throw wrong(fork, `its transactions hash to ${hash}`)
  return { fork, transactions: encoded, gas: deposits.reduce((sum, { gas }) => sum + gas, 0n) }
}

/** keccak256 over encoded deposits, one behind the other. */
function upgradeHash(transactions: readonly Uint8Array[]): Hash {
  return keccak256Hex(concatBytes(...transactions))
}

/** A transaction of a bundle as a deposit; its source hash comes from the full intent. */
export function toDeposit(transaction: BundleTransaction, intent: string): DepositTransaction {
  return {
    sourceHash: depositSourceHash({ type: 'upgrade', intent }),
    from: transaction.from,
    to: transaction.to ?? undefined,
    mint: 0n,
    value: 0n,
    gas: BigInt(transaction.gasLimit),
    isSystemTransaction: false,
    data: transaction.data,
  }
}

/** From Karst on an intent is unique only with fork and position before it: `Karst 0: Deploy …`. */
export function intentOf(fork: string, transaction: BundleTransaction, index: number): string {
  return `${fork[0]!.toUpperCase()}${fork.slice(1)} ${index}: ${transaction.intent}`
}

const address = z
  .string('expected an address')
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address')
  .transform((text) => text.toLowerCase() as Hex)

const bundleJson = z.looseObject({
  metadata: z.looseObject({ version: z.literal('1.0.0', 'only version 1.0.0 is known') }),
  transactions: z.array(
    z.looseObject({
      intent: z.string().min(1, 'must not be empty'),
      from: address,
      to: address.nullish(),
      data: z
        .string('expected hex bytes')
        .regex(/^0x([0-9a-fA-F]{2})*$/, 'expected hex bytes')
        .transform(hexToBytes),
      gasLimit: z.int('expected a whole number').nonnegative('must not be negative'),
    }),
  ),
})

/** One entry of a bundle file. */
export type BundleTransaction = z.output<typeof bundleJson>['transactions'][number]

function parseJson(fork: UpgradeFork, text: string): z.output<typeof bundleJson> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid(fork, `is not JSON: ${(cause as Error).message}`, cause)
  }
  const result = bundleJson.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw invalid(fork, `${issue.path.join('.')}: ${issue.message}`)
}

function assertFacts(
  fork: UpgradeFork,
  transactions: readonly BundleTransaction[],
  facts: readonly UpgradeTransactionFacts[],
): void {
  if (transactions.length !== facts.length) {
    throw wrong(fork, `it has ${transactions.length} transactions, the upgrade has ${facts.length}`)
  }
  facts.forEach((expected, index) => {
    const actual = transactions[index]!
    const differs = (field: string, is: unknown, want: unknown) => {
      if (is !== want) {
        throw wrong(fork, `${field} of transaction ${index} is ${is}, expected ${want}`)
      }
    }
    const prefix = expected.intent.slice(0, expected.intent.indexOf(': ') + 2)
    const intent = actual.intent.startsWith(prefix) ? actual.intent : prefix + actual.intent
    differs('intent', intent, expected.intent)
    differs('from', actual.from, expected.from)
    differs('to', actual.to ?? undefined, expected.to)
    differs('gasLimit', BigInt(actual.gasLimit), expected.gas)
    differs('keccak256 of the data', keccak256Hex(actual.data), expected.dataHash)
  })
}

function invalid(fork: UpgradeFork, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(
    exitCodes.configFile,
    'UPGRADE_BUNDLE_INVALID',
    `upgrade bundle of ${fork}: ${problem}`,
    { cause, metaMessages: [upgradeFacts[fork].origin] },
  )
}

function wrong(fork: UpgradeFork, problem: string): ConfigError {
  const { hash, origin } = upgradeFacts[fork]
  return new ConfigError(
    exitCodes.configFile,
    'UPGRADE_BUNDLE_WRONG',
    `upgrade bundle of ${fork} is not the one with hash ${hash}: ${problem}`,
    { metaMessages: [origin] },
  )
}
