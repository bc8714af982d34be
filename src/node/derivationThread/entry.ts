import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { assertNever } from '../../base/assertNever.ts'
import { TaktError } from '../../base/errors.ts'
import type { SafeChainProvider } from '../../derive/providers.ts'
import { createPortLogger } from '../../execution/worker/portLogger.ts'
import { errorToWire } from '../../execution/worker/wireError.ts'
import type { ObservedRequest } from '../../jsonrpc/client.ts'
import { PendingCalls } from '../../runtime/pendingCalls.ts'
import { SerialExecutor } from '../../runtime/serial.ts'
import type { CountableDerivationEvent } from '../observer.ts'
import { createL1Derivation, type L1Derivation } from './l1Derivation.ts'
import {
  type DerivationCall,
  type DerivationThreadOptions,
  type FromDerivation,
  packAttributes,
  type SafeChainCall,
  settleCall,
  type ToDerivation,
} from './messages.ts'

// The derivation thread. It ends by itself when it is told to close, and with an uncaught error when something of its
// own is broken.
if (parentPort === null) throw new Error('this file is the entry of a worker thread')
await runDerivationThread(workerData as DerivationThreadOptions, parentPort)

async function runDerivationThread(
  options: DerivationThreadOptions,
  port: MessagePort,
): Promise<void> {
  const send = (message: FromDerivation, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer)
  const l2Calls = new PendingCalls()
  const running = new Map<number, AbortController>()
  // A call that was aborted may still be on its way out when the next one comes.
  const line = new SerialExecutor()
  const closing = Promise.withResolvers<void>()
  let derivation: L1Derivation | undefined

  port.on('message', (message: ToDerivation) => {
    switch (message.type) {
      case 'call':
        void line.run(() => carryOut(message.id, message.call))
        break
      case 'abort':
        running
          .get(message.id)
          ?.abort(new TaktError('ABORTED', 'the node no longer wants the answer'))
        break
      case 'horizon':
        derivation!.setHorizon(message.number)
        break
      case 'answer':
        settleCall(l2Calls, message)
        break
      case 'close':
        closing.resolve()
        break
      case 'crash':
        throw new Error('the thread was told to crash')
      default:
        assertNever(message)
    }
  })

  async function carryOut(id: number, call: DerivationCall): Promise<void> {
    const abort = new AbortController()
    running.set(id, abort)
    try {
      await answer(id, call, abort.signal)
    } catch (error) {
      send({ type: 'result', id, error: errorToWire(error) })
    } finally {
      running.delete(id)
    }
  }

  async function answer(id: number, call: DerivationCall, signal: AbortSignal): Promise<void> {
    switch (call.method) {
      case 'reset':
        await derivation!.reset(call.safeHead, call.readUpTo, signal)
        return send({ type: 'result', id })
      case 'next': {
        const outcome = await derivation!.next(call.safeHead, signal)
        if (outcome.type !== 'attributes') return send({ type: 'result', id, value: outcome })
        const derived = packAttributes(outcome.derived)
        return send({ type: 'result', id, value: { ...outcome, derived } }, [derived.bytes.buffer])
      }
      case 'depositsOnly': {
        const derived = packAttributes(
          await derivation!.depositsOnly(call.parent, call.derivedFrom),
        )
        return send({ type: 'result', id, value: derived }, [derived.bytes.buffer])
      }
      default:
        return assertNever(call)
    }
  }

  /** L2 is read by the node: the engine is on its side. */
  const readL2 = (method: SafeChainCall, args: readonly unknown[], signal?: AbortSignal) =>
    l2Calls.begin((id) => send({ type: 'l2', id, method, args }), signal)
  const safeChain = {
    blockRefByNumber: (number, signal) => readL2('blockRefByNumber', [number], signal),
    payloadByNumber: (number, signal) => readL2('payloadByNumber', [number], signal),
    systemConfigByHash: (hash, signal) => readL2('systemConfigByHash', [hash], signal),
  } as SafeChainProvider

  const tellNode = {
    onDerivationEvent: (event: CountableDerivationEvent) => send({ type: 'event', event }),
    onRequest: (request: ObservedRequest) => send({ type: 'request', request }),
  }

  try {
    const logger = createPortLogger((message) => send(message as FromDerivation))
    const observer = options.isObserved ? tellNode : undefined
    derivation = createL1Derivation(options, { safeChain, logger, observer })
    send({ type: 'ready' })
    await closing.promise
    for (const abort of running.values())
      abort.abort(new TaktError('CLOSING', 'the derivation thread is closing'))
    await derivation.close()
  } catch (error) {
    send({ type: 'failed', error: errorToWire(error) })
  }
  port.close()
}
