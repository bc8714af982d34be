import { DecodeError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import { encodeQuantity, parseQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { invalidParams, optionalParam, type Parser, param } from '../../jsonrpc/params.ts'
import { nextBaseFee } from '../../protocol/baseFee.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import { decodeTransaction } from '../transaction/transaction.ts'
import { parseBlockNumber, requireHash } from './blockSelector.ts'
import { parseList } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'

// op-geth's --gpo.minsuggestedpriorityfee: what suffices while blocks have room.
const leastSuggestedTipWei = 1_000_000n
const maxHistoryBlocks = 1024n
const maxPercentiles = 100

/** Methods that tell wallets what to offer. */
export function feeMethods(deps: RpcDeps): RpcMethods {
  const { chain } = deps
  const headTip = () => suggestedTip(chain.block(chain.heads.head.hash)!)

  return {
    eth_maxPriorityFeePerGas: async () => encodeQuantity(headTip()),
    eth_gasPrice: async () => encodeQuantity(headTip() + (chain.headHeader.baseFeePerGas ?? 0n)),
    eth_blobBaseFee: async () => '0x1',
    eth_feeHistory: async (params) => {
      const count = param(params, 0, parseBlockCount)
      const newest = chain.header(requireHash(chain, param(params, 1, parseBlockNumber)))!
      const percentiles = optionalParam(params, 2, parsePercentiles)
      return feeHistory(deps, newest.number, count, percentiles)
    },
  }
}

/** Many full blocks take long to read: others get their turn in between. */
async function feeHistory(
  { config, chain, turns }: RpcDeps,
  newest: bigint,
  wanted: bigint,
  percentiles: readonly number[] | undefined,
): Promise<unknown> {
  const most = newest - chain.genesis.number + 1n
  const capped = wanted > maxHistoryBlocks ? maxHistoryBlocks : wanted
  const count = capped > most ? most : capped
  const oldest = newest - count + 1n
  const hashes = Array.from(
    { length: Number(count) },
    (_, i) => chain.canonicalHash(oldest + BigInt(i)) as Hash,
  )
  const headers: BlockHeader[] = []
  const reward: string[][] = []
  for (const hash of hashes) {
    headers.push(chain.header(hash)!)
    if (percentiles !== undefined && percentiles.length > 0) {
      reward.push(rewards(chain.block(hash)!, percentiles).map(encodeQuantity))
    }
    await turns.pauseWhenSpent()
  }
  const last = headers.at(-1)
  const baseFees = headers.map((header) => header.baseFeePerGas ?? 0n)
  if (last !== undefined) {
    baseFees.push(nextBaseFee(config, config.chainOpConfig, last, last.timestamp + 1n))
  }
  return {
    oldestBlock: encodeQuantity(oldest),
    baseFeePerGas: baseFees.map(encodeQuantity),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    baseFeePerBlobGas: baseFees.map(() => '0x1'),
    blobGasUsedRatio: headers.map(
      ({ blobGasUsed = 0n, gasLimit }) => Number(blobGasUsed) / Number(gasLimit),
    ),
    ...(reward.length > 0 && { reward }),
  }
}

interface PaidTip {
  /** Wei per gas. */
  readonly tip: bigint
  readonly gasUsed: bigint
}

/** The tips that signed transactions of a block paid, lowest first. */
function paidTips({ header, transactions, outcomes }: BlockRecord): PaidTip[] {
  const baseFee = header.baseFeePerGas ?? 0n
  const tips: PaidTip[] = []
  let before = 0n
  for (const [index, raw] of transactions.entries()) {
    const cumulative = outcomes[index]!.receipt.cumulativeGasUsed
    const transaction = decodeTransaction(raw)
    if (transaction.type !== 0x7e) {
      const room = transaction.maxFeePerGas - baseFee
      const tip = transaction.maxPriorityFeePerGas
      tips.push({ tip: tip < room ? tip : room, gasUsed: cumulative - before })
    }
    before = cumulative
  }
  return tips.sort((a, b) => ascending(a.tip, b.tip))
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The tip at each percentile of the gas used. */
function rewards(block: BlockRecord, percentiles: readonly number[]): bigint[] {
  const tips = paidTips(block)
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
  return percentiles.map((percentile) => {
    const threshold = (total * BigInt(Math.round(percentile * 100))) / 10_000n
    let sum = 0n
    for (const { tip, gasUsed } of tips) {
      sum += gasUsed
      if (sum >= threshold) return tip
    }
    return 0n
  })
}

/** op-geth's rule: the least tip, unless the last block was so full that one of its size more did not fit. */
function suggestedTip(head: BlockRecord): bigint {
  const { gasUsed, gasLimit } = head.header
  const tips = paidTips(head)
  const largest =
    tips
      .map((tip) => tip.gasUsed)
      .sort(ascending)
      .at(-1) ?? 0n
  if (gasUsed + largest <= gasLimit || tips.length === 0) return leastSuggestedTipWei
  const median = tips[tips.length >> 1]!.tip
  const raised = median + median / 10n
  return raised > leastSuggestedTipWei ? raised : leastSuggestedTipWei
}

/** A quantity, or a plain number as some clients send it. */
const parseBlockCount: Parser<bigint> = (json) =>
  typeof json === 'number' && Number.isSafeInteger(json) && json >= 0
    ? BigInt(json)
    : parseQuantity(json)

const parsePercentiles: Parser<readonly number[]> = (json) => {
  const list = parseList((item) => {
    if (typeof item === 'number' && item >= 0 && item <= 100) return item
    throw new DecodeError('PERCENTILE_INVALID', `expected 0 to 100, got ${String(item)}`)
  })(json)
  if (list.length > maxPercentiles) throw invalidParams(`more than ${maxPercentiles} percentiles`)
  if (list.some((percentile, i) => i > 0 && percentile < list[i - 1]!)) {
    throw invalidParams('reward percentiles must ascend')
  }
  return list
}
