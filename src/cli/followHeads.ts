import type { SyncStatus } from '../driver/syncStatus.ts'
import type { NodeObserver } from '../node/observer.ts'

/** Tells how far safe and finalized have come, beside what `observer` hears of a node. */
export function followHeads(
  onStatus: (status: SyncStatus) => void,
  observer: NodeObserver = deafObserver,
): NodeObserver {
  return {
    ...observer,
    onDriverEvent(event) {
      observer.onDriverEvent(event)
      if (event.type === 'moved') onStatus(event.status)
    },
  }
}

const deafObserver: NodeObserver = {
  onReady() {},
  onDriverEvent() {},
  onDerivationEvent() {},
  onBlock() {},
  onEngineCall() {},
  onRequest() {},
}
