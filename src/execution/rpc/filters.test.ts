import { beforeEach, describe, expect, it } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { defaultFilterOptions, FilterRegistry } from './filters.ts'

let clock: ManualClock
let filters: FilterRegistry
const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`

beforeEach(() => {
  clock = new ManualClock(0)
  filters = new FilterRegistry({ ...defaultFilterOptions, maxFilters: 2, maxEntries: 3 }, { clock })
})

describe('a filter', () => {
  it('gives each entry once', () => {
    const id = filters.add({ type: 'pendingTransactions' })
    filters.notePendingTransaction(hash(1))
    filters.notePendingTransaction(hash(2))
    expect(filters.poll(id)).toEqual([hash(1), hash(2)])
    expect(filters.poll(id)).toEqual([])
  })

  it('is removed when nobody polls it for five minutes', () => {
    const [polled, forgotten] = [filters.add({ type: 'blocks' }), filters.add({ type: 'blocks' })]
    clock.set(200_000)
    filters.poll(polled)
    clock.set(400_000)
    expect(filters.poll(polled)).toEqual([])
    expect(() => filters.poll(forgotten)).toThrow('filter not found')
  })

  it('is removed when it holds more than anyone will read', () => {
    const id = filters.add({ type: 'pendingTransactions' })
    for (let n = 0; n < 4; n++) filters.notePendingTransaction(hash(n))
    expect(() => filters.poll(id)).toThrow('filter not found')
  })

  it('is refused when there are too many', () => {
    filters.add({ type: 'blocks' })
    filters.add({ type: 'blocks' })
    expect(() => filters.add({ type: 'blocks' })).toThrow('too many filters')
  })

  it('of another kind has no logs to ask for', () => {
    const id = filters.add({ type: 'blocks' })
    expect(() => filters.logQuery(id)).toThrow('filter not found')
    expect(filters.remove(id)).toBe(true)
    expect(filters.remove(id)).toBe(false)
  })
})
