import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hash, type Hex } from '../../base/hex.ts'
import { RpcError, rpcErrorCodes } from '../../jsonrpc/rpcError.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { CanonicalChange } from '../chain/chainStore.ts'
import { blockLogsToJson, type LogQuery } from './logQuery.ts'

/** Polled filters: what `eth_newFilter` and its kin leave behind. */
export interface FilterOptions {
  /** A filter that nobody polled for so long is removed. */
  readonly lifetimeMs: number
  readonly maxFilters: number
  /** Entries that wait for a poll; a filter with more is removed. */
  readonly maxEntries: number
}

export const defaultFilterOptions: FilterOptions = {
  lifetimeMs: 5 * 60_000,
  maxFilters: 10_000,
  maxEntries: 50_000,
}

type FilterKind =
  | { readonly type: 'logs'; readonly query: LogQuery }
  | { readonly type: 'blocks' }
  | { readonly type: 'pendingTransactions' }

interface Filter {
  readonly kind: FilterKind
  entries: unknown[]
  polledAtMs: number
}

export class FilterRegistry {
  readonly #options: FilterOptions
  readonly #clock: Clock
  readonly #filters = new Map<Hex, Filter>()

  constructor(options: FilterOptions, deps: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = deps.clock
  }

  /** @throws {RpcError} -32005 when there are too many. */
  add(kind: FilterKind): Hex {
    this.#removeExpired()
    if (this.#filters.size >= this.#options.maxFilters) {
      throw new RpcError(rpcErrorCodes.limitExceeded, 'too many filters, remove some')
    }
    const id = bytesToHex(randomBytes(16))
    this.#filters.set(id, { kind, entries: [], polledAtMs: this.#clock.now() })
    return id
  }

  remove(id: Hex): boolean {
    return this.#filters.delete(id)
  }

  /** What happened since the last poll. @throws {RpcError} -32000 for an unknown filter. */
  poll(id: Hex): unknown[] {
    const filter = this.#require(id)
    const { entries } = filter
    filter.entries = []
    return entries
  }

  /** What a log filter asks for. @throws {RpcError} -32000 for an unknown filter or another kind. */
  logQuery(id: Hex): LogQuery {
    const { kind } = this.#require(id)
    if (kind.type !== 'logs') throw notFound()
    return kind.query
  }

  noteCanonicalChange({ removed, added }: CanonicalChange): void {
    for (const [id, { kind }] of this.#filters) {
      if (kind.type === 'blocks') {
        this.#append(
          id,
          added.map(({ hash }) => hash),
        )
      } else if (kind.type === 'logs') {
        const { criteria } = kind.query
        this.#append(id, [
          ...removed.flatMap((block) => blockLogsToJson(block, criteria, true)),
          ...added.flatMap((block) => blockLogsToJson(block, criteria)),
        ])
      }
    }
  }

  notePendingTransaction(hash: Hash): void {
    for (const [id, { kind }] of this.#filters) {
      if (kind.type === 'pendingTransactions') this.#append(id, [hash])
    }
  }

  #append(id: Hex, entries: readonly unknown[]): void {
    const filter = this.#filters.get(id)!
    const isAbandoned = filter.entries.length + entries.length > this.#options.maxEntries
    if (isAbandoned) this.#filters.delete(id)
    else filter.entries.push(...entries)
  }

  #require(id: Hex): Filter {
    this.#removeExpired()
    const filter = this.#filters.get(id)
    if (filter === undefined) throw notFound()
    filter.polledAtMs = this.#clock.now()
    return filter
  }

  #removeExpired(): void {
    const oldest = this.#clock.now() - this.#options.lifetimeMs
    for (const [id, { polledAtMs }] of this.#filters) {
      if (polledAtMs < oldest) this.#filters.delete(id)
    }
  }
}

function notFound(): RpcError {
  return new RpcError(rpcErrorCodes.serverError, 'filter not found')
}
