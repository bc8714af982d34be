import { DecodeError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { Parser } from '../../jsonrpc/params.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import type { ChainStore } from '../chain/chainStore.ts'
import { field, parseFlag, parseHash, parseObject, parseUint64 } from './params.ts'

/** The block that a caller means. */
export type BlockSelector =
  | { readonly type: 'tag'; readonly tag: BlockTag }
  | { readonly type: 'number'; readonly number: bigint }
  | { readonly type: 'hash'; readonly hash: Hash; readonly requireCanonical: boolean }

const blockTags = ['earliest', 'finalized', 'safe', 'latest', 'pending'] as const
export type BlockTag = (typeof blockTags)[number]

export const latestBlock: BlockSelector = { type: 'tag', tag: 'latest' }

/** A tag or a number: what methods take that predate EIP-1898. */
export const parseBlockNumber: Parser<BlockSelector> = (json) => {
  const tag = blockTags.find((name) => name === json)
  return tag === undefined ? { type: 'number', number: parseUint64(json) } : { type: 'tag', tag }
}

/** Also a hash, bare or in an object. @see https://eips.ethereum.org/EIPS/eip-1898 */
export const parseBlockSelector: Parser<BlockSelector> = (json) => {
  if (typeof json === 'string') {
    return json.length === 66
      ? { type: 'hash', hash: parseHash(json), requireCanonical: false }
      : parseBlockNumber(json)
  }
  const object = parseObject(json)
  const hash = field(object, 'blockHash', parseHash)
  const number = field(object, 'blockNumber', parseBlockNumber)
  if ((hash === undefined) === (number === undefined)) {
    throw new DecodeError('BLOCK_INVALID', 'expected either blockHash or blockNumber')
  }
  if (number !== undefined) return number
  const requireCanonical = field(object, 'requireCanonical', parseFlag) ?? false
  return { type: 'hash', hash: hash!, requireCanonical }
}

/**
 * The hash of the block that a selector means; `undefined` when there is none.
 *
 * `pending` is the latest block: like op-geth the engine shows no block before it is sealed.
 */
export function selectHash(chain: ChainStore, selector: BlockSelector): Hash | undefined {
  switch (selector.type) {
    case 'number':
      return chain.canonicalHash(selector.number)
    case 'hash': {
      const header = chain.header(selector.hash)
      if (header === undefined) return undefined
      const id = { hash: selector.hash, number: header.number }
      if (selector.requireCanonical && !chain.isCanonical(id)) {
        throw new RpcError(rpcErrorCodes.serverError, 'hash is not currently canonical')
      }
      return selector.hash
    }
    case 'tag':
      switch (selector.tag) {
        case 'earliest':
          return chain.genesis.hash
        case 'finalized':
          return chain.heads.finalized?.hash
        case 'safe':
          return chain.heads.safe?.hash
        case 'latest':
        case 'pending':
          return chain.heads.head.hash
      }
  }
}

/** The number of a selector's block. @throws {RpcError} -32000 when there is no such block. */
export function requireHash(chain: ChainStore, selector: BlockSelector): Hash {
  const hash = selectHash(chain, selector)
  if (hash === undefined) throw blockNotFound(selector)
  return hash
}

/** geth's words, by what was asked for. */
function blockNotFound(selector: BlockSelector): RpcError {
  const label = selector.type === 'tag' ? `${selector.tag} block not found` : 'header not found'
  return new RpcError(rpcErrorCodes.serverError, label)
}
