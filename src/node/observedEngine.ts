import type { EngineApi } from '../engine/interface.ts'
import type { Clock } from '../runtime/clock.ts'
import type { EngineCallName, NodeObserver } from './observer.ts'

/** An engine whose calls are told to the observer when they have ended. */
export function observedEngine(
  api: EngineApi,
  deps: { readonly clock: Clock; readonly observer: Pick<NodeObserver, 'onEngineCall'> },
): EngineApi {
  const { clock, observer } = deps
  async function watch<T>(name: EngineCallName, call: Promise<T>): Promise<T> {
    const startedMs = clock.now()
    let hasFailed = true
    try {
      const answer = await call
      hasFailed = false
      return answer
    } finally {
      observer.onEngineCall(name, clock.now() - startedMs, hasFailed)
    }
  }
  return {
    forkchoiceUpdated: (...args) => watch('forkchoiceUpdated', api.forkchoiceUpdated(...args)),
    getPayload: (...args) => watch('getPayload', api.getPayload(...args)),
    newPayload: (...args) => watch('newPayload', api.newPayload(...args)),
  }
}
