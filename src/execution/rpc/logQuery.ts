import { DecodeError } from '../../base/errors.ts'
import { type Address, bytesToHex, type Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { invalidParams, type Parser } from '../../jsonrpc/params.ts'
import { bloomMayContain } from '../../protocol/logsBloom.ts'
import type { Log } from '../../protocol/receipt.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import type { ChainStore } from '../chain/chainStore.ts'
import { type BlockSelector, latestBlock, parseBlockNumber, requireHash } from './blockSelector.ts'
import { field, parseAddress, parseHash, parseList, parseObject } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** Which logs a caller wants. */
export interface LogCriteria {
  /** Empty: of any contract. */
  readonly addresses: readonly Address[]
  /** By position; an empty entry takes any topic. */
  readonly topics: readonly (readonly Hash[])[]
}

/** Criteria with the blocks to look in. */
export interface LogQuery {
  readonly criteria: LogCriteria
  readonly blocks:
    | { readonly type: 'hash'; readonly hash: Hash }
    | { readonly type: 'range'; readonly from: BlockSelector; readonly to: BlockSelector }
}

/** What one query may cost. */
const logQueryLimits = { maxBlocks: 100_000n, maxLogs: 20_000, maxAddresses: 1_000 } as const

export const parseLogCriteria: Parser<LogCriteria> = (json) => {
  const object = parseObject(json)
  const addresses = field(object, 'address', oneOrMany(parseAddress)) ?? []
  if (addresses.length > logQueryLimits.maxAddresses) {
    throw new DecodeError('LOG_QUERY', `more than ${logQueryLimits.maxAddresses} addresses`)
  }
  const topics = field(object, 'topics', parseList(topicChoice)) ?? []
  if (topics.length > 4) throw new DecodeError('LOG_QUERY', 'more than 4 topics')
  return { addresses, topics }
}

export const parseLogQuery: Parser<LogQuery> = (json) => {
  const object = parseObject(json)
  const criteria = parseLogCriteria(json)
  const hash = field(object, 'blockHash', parseHash)
  const from = field(object, 'fromBlock', parseBlockNumber)
  const to = field(object, 'toBlock', parseBlockNumber)
  if (hash === undefined) {
    return {
      criteria,
      blocks: { type: 'range', from: from ?? latestBlock, to: to ?? latestBlock },
    }
  }
  if (from !== undefined || to !== undefined) {
    throw new DecodeError('LOG_QUERY', 'blockHash excludes fromBlock and toBlock')
  }
  return { criteria, blocks: { type: 'hash', hash } }
}

/**
 * The logs that a query asks for, as JSON. Long ranges let others run in between.
 *
 * @throws {RpcError} when a block is unknown or the query costs too much.
 */
export async function findLogs(
  { chain, turns }: Pick<RpcDeps, 'chain' | 'turns'>,
  query: LogQuery,
): Promise<unknown[]> {
  const { criteria, blocks } = query
  if (blocks.type === 'hash') {
    const block = chain.block(blocks.hash)
    if (block === undefined) throw invalidParams('unknown block')
    return blockLogsToJson(block, criteria)
  }
  const from = toNumber(chain, blocks.from)
  let to = toNumber(chain, blocks.to)
  if (from > to) throw invalidParams('invalid block range params')
  // A range may end beyond the head; it then ends with the head.
  const head = chain.heads.head.number
  if (to > head) to = head
  if (to - from >= logQueryLimits.maxBlocks) {
    throw invalidParams(`query exceeds max block range ${logQueryLimits.maxBlocks}`)
  }
  const logs: unknown[] = []
  for (let number = from; number <= to; number++) {
    await turns.pauseWhenSpent()
    const hash = chain.canonicalHash(number)
    // The chain was reorganised to a shorter one meanwhile.
    if (hash === undefined) break
    if (!mayContain(chain.header(hash)!.logsBloom, criteria)) continue
    logs.push(...blockLogsToJson(chain.block(hash)!, criteria))
    if (logs.length > logQueryLimits.maxLogs) {
      throw invalidParams(
        `query exceeds max results ${logQueryLimits.maxLogs}, retry with the range ${from}-${number - 1n}`,
      )
    }
  }
  return logs
}

/** The logs of one block that fit, as JSON; `removed` when the block is canonical no more. */
export function blockLogsToJson(
  block: BlockRecord,
  criteria: LogCriteria,
  removed = false,
): unknown[] {
  const found: unknown[] = []
  let logIndex = 0
  block.outcomes.forEach(({ receipt }, index) => {
    for (const log of receipt.logs) {
      if (matches(log, criteria)) found.push(logToJson(block, index, log, logIndex, removed))
      logIndex++
    }
  })
  return found
}

/** @param logIndex - Position in the block. */
export function logToJson(
  { hash, header, transactionHashes }: BlockRecord,
  transactionIndex: number,
  log: Log,
  logIndex: number,
  removed = false,
): Record<string, unknown> {
  return {
    address: log.address,
    topics: log.topics,
    data: bytesToHex(log.data),
    blockHash: hash,
    blockNumber: encodeQuantity(header.number),
    blockTimestamp: encodeQuantity(header.timestamp),
    transactionHash: transactionHashes[transactionIndex],
    transactionIndex: encodeQuantity(transactionIndex),
    logIndex: encodeQuantity(logIndex),
    removed,
  }
}

function toNumber(chain: ChainStore, selector: BlockSelector): bigint {
  if (selector.type === 'number') return selector.number
  return chain.header(requireHash(chain, selector))!.number
}

function matches(log: Log, { addresses, topics }: LogCriteria): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((choice, i) => choice.length === 0 || choice.includes(log.topics[i]!))
}

function mayContain(bloom: Uint8Array, { addresses, topics }: LogCriteria): boolean {
  return [addresses, ...topics].every(
    (choice) => choice.length === 0 || choice.some((value) => bloomMayContain(bloom, value)),
  )
}

function oneOrMany<T>(parse: Parser<T>): Parser<T[]> {
  return (json) => (Array.isArray(json) ? json.map(parse) : [parse(json)])
}

const topicChoice: Parser<Hash[]> = (json) => {
  if (json === null) return []
  const choice = oneOrMany<Hash | undefined>((item) =>
    item === null ? undefined : parseHash(item),
  )(json)
  // One "any" among the alternatives makes all of them pointless.
  return choice.includes(undefined) ? [] : (choice as Hash[])
}
