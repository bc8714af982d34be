import type { L2BlockRef } from '../chain/refs.ts'
import type { EngineHeads } from './heads.ts'

/**
 * The unsafe head that a derived block pushed aside, for the case that its span batch turns out to be invalid.
 *
 * - `none`: nothing was pushed aside.
 * - `kept`: the span is not complete yet.
 * - `due`: the span was invalid: the engine is to return to that head, in one attempt. Only when the engine gave no
 *   answer there is another one: it may have forgotten the block.
 *
 * Matters before Holocene only, where blocks of a span are pending until its last one.
 */
export type BackupUnsafe =
  | { readonly type: 'none' }
  | { readonly type: 'kept' | 'due'; readonly head: L2BlockRef }

/** Nothing was pushed aside. */
export const noBackup: BackupUnsafe = { type: 'none' }

/** The backup after `next` took the place of `before`: the first head that is pushed aside is kept. */
export function backupAfterBlock(
  backup: BackupUnsafe,
  before: EngineHeads,
  next: EngineHeads,
): BackupUnsafe {
  const { unsafe, safe, pendingSafe } = next
  if (unsafe.hash === safe.hash && safe.hash === pendingSafe.hash) return noBackup
  const isReplaced = unsafe.hash !== before.unsafe.hash && unsafe.number <= before.unsafe.number
  return isReplaced ? { type: 'kept', head: before.unsafe } : backup
}

/** The backup after a span turned out to be invalid. */
export function backupAfterInvalidSpan(backup: BackupUnsafe): BackupUnsafe {
  return backup.type === 'none' ? backup : { type: 'due', head: backup.head }
}
