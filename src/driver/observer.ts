import type { Severity } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { ActivityKind } from './activity.ts'
import type { SyncStatus } from './syncStatus.ts'

/**
 * What happens in a driver.
 *
 * - `moved`: heads may be other ones than before.
 * - `fault`: something went wrong, and is being answered by its severity.
 * - `reset`: the heads have been found anew.
 * - `received`: somebody has handed in a block.
 */
export type DriverEvent =
  | { readonly type: 'moved'; readonly status: SyncStatus }
  | { readonly type: 'fault'; readonly during: ActivityKind; readonly severity: Severity }
  | { readonly type: 'reset' }
  | { readonly type: 'received'; readonly block: L2BlockRef }

/** Hears what happens in a driver. Must return at once, and not throw. */
export type DriverObserver = (event: DriverEvent) => void
