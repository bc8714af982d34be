import { describe, expect, it } from 'vitest'
import { type ElSyncEvent, type ElSyncState, elSyncAfter, isElSyncing } from './elSync.ts'

const genesis = { hash: `0x${'00'.repeat(32)}`, number: 0n } as const
const later = { hash: `0x${'01'.repeat(32)}`, number: 100n } as const

function headsFound(finalized: typeof later | typeof genesis, worksPastFinality = false) {
  return { type: 'headsFound', finalized, genesis, worksPastFinality } as const
}

function stateAfter(state: ElSyncState, ...events: ElSyncEvent[]): ElSyncState {
  return events.reduce(elSyncAfter, state)
}

describe('execution-layer sync', () => {
  it('runs where only the genesis block is final, until the engine has executed one', () => {
    expect(stateAfter('pending', headsFound(genesis))).toBe('running')
    expect(
      stateAfter('pending', headsFound(genesis), { type: 'answered', status: 'SYNCING' }),
    ).toBe('running')
    const landed = stateAfter('running', { type: 'answered', status: 'VALID' })
    expect(landed).toBe('landed')
    expect(stateAfter(landed, { type: 'headsSet' })).toBe('done')
  })

  it('is skipped where the engine has final blocks already', () => {
    expect(stateAfter('pending', headsFound(later))).toBe('done')
  })

  it('starts all the same with an engine that can sync past finality', () => {
    expect(stateAfter('pending', headsFound(later, true))).toBe('running')
  })

  it('never starts where it is off, nor again once it is done', () => {
    for (const state of ['off', 'done'] as const) {
      expect(
        stateAfter(
          state,
          headsFound(genesis),
          { type: 'answered', status: 'VALID' },
          { type: 'headsSet' },
        ),
      ).toBe(state)
    }
  })

  it('holds everything else back from the start to the end', () => {
    const held = (['off', 'pending', 'running', 'landed', 'done'] as const).filter(isElSyncing)
    expect(held).toEqual(['pending', 'running', 'landed'])
  })
})
