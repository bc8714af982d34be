import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'

export interface L1SlotOptions {
  /** Seconds; slots begin here and every `slotTime` from here on. */
  readonly genesisTime: number
  /** Seconds. */
  readonly slotTime: number
}

/** Mines one L1 block. `timestamp` is what it should have. */
export type MineL1Block = (timestamp: number, signal: AbortSignal) => Promise<void>

/**
 * Mines an L1 block at the start of every slot, as the beacon chain would.
 *
 * A slot that passes while L1 hangs or this computer sleeps is missed for good, so L1 never falls behind the
 * clock. A block that cannot be mined is logged, and the next slot tried.
 */
export async function runL1Slots(
  { genesisTime, slotTime }: L1SlotOptions,
  deps: { readonly mine: MineL1Block; readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  let slot = slotAt(deps.clock.now())
  while (!signal.aborted) {
    slot = Math.max(slot + 1, slotAt(deps.clock.now()))
    const timestamp = genesisTime + slot * slotTime
    try {
      await deps.clock.sleepUntil(timestamp * 1000, signal)
      await deps.mine(timestamp, signal)
    } catch (error) {
      if (!signal.aborted) deps.logger.warn('Could not mine an L1 block', { timestamp, error })
    }
  }

  function slotAt(nowMs: number): number {
    return Math.floor((nowMs / 1000 - genesisTime) / slotTime)
  }
}
