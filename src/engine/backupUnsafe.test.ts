import { describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../chain/refs.ts'
import {
  type BackupUnsafe,
  backupAfterBlock,
  backupAfterInvalidSpan,
  noBackup,
} from './backupUnsafe.ts'
import type { EngineHeads } from './heads.ts'

function block(number: number, branch = 'a'): L2BlockRef {
  return {
    hash: `0x${`${branch}${number}`.padStart(64, '0')}`,
    parentHash: `0x${`${branch}${number - 1}`.padStart(64, '0')}`,
    number: BigInt(number),
    timestamp: BigInt(number),
    l1Origin: { hash: `0x${'1'.repeat(64)}`, number: 0n },
    sequenceNumber: 0n,
  }
}

function heads(unsafe: L2BlockRef, pendingSafe: L2BlockRef, safe = pendingSafe): EngineHeads {
  return { unsafe, pendingSafe, safe, finalized: block(0) }
}

describe('the backup of the unsafe head', () => {
  const before = heads(block(9), block(3))

  it('is what the first block of a span pushed aside', () => {
    const first = heads(block(4, 'b'), block(4, 'b'), block(3))
    const kept = backupAfterBlock(noBackup, before, first)
    expect(kept).toEqual({ type: 'kept', head: block(9) })
    const second = heads(block(5, 'b'), block(5, 'b'), block(3))
    expect(backupAfterBlock(kept, first, second)).toBe(kept)
  })

  it('is none while the chain only grows', () => {
    expect(backupAfterBlock(noBackup, before, heads(block(10), block(3)))).toBe(noBackup)
  })

  it('is given up when the span is complete', () => {
    const kept: BackupUnsafe = { type: 'kept', head: block(9) }
    expect(backupAfterBlock(kept, before, heads(block(5, 'b'), block(5, 'b')))).toBe(noBackup)
  })

  it('is due when the span is invalid', () => {
    expect(backupAfterInvalidSpan({ type: 'kept', head: block(9) })).toEqual({
      type: 'due',
      head: block(9),
    })
    expect(backupAfterInvalidSpan(noBackup)).toBe(noBackup)
  })
})
