import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { systemClock } from '../../runtime/clock.ts'
import { readPackageVersion } from '../../runtime/packageVersion.ts'
import { openLevelStore } from '../chain/levelStore.ts'
import { MemoryStore } from '../chain/store.ts'
import { openEngineStack } from '../engineStack.ts'
import { genesisFromJson } from '../genesisJson.ts'
import { serveEngine } from '../serveEngine.ts'
import type {
  EngineCallName,
  EngineCalls,
  EngineThreadOptions,
  FromEngine,
  ToEngine,
} from './messages.ts'
import { packPayload, transferablesOf } from './packedPayload.ts'
import { createPortLogger } from './portLogger.ts'
import { errorToWire } from './wireError.ts'

type Send = (message: FromEngine, transferables?: ArrayBuffer[]) => void

/** Calls whose result is a payload, if any. */
const payloadCalls: ReadonlySet<EngineCallName> = new Set([
  'getPayload',
  'payloadByHash',
  'payloadByNumber',
])

// The thread of the embedded engine. It ends by itself when it is told to close, and with an
// uncaught error when something of its own is broken.
if (parentPort === null) throw new Error('this file is the entry of a worker thread')
await runEngineThread(workerData as EngineThreadOptions, parentPort)

async function runEngineThread(options: EngineThreadOptions, port: MessagePort): Promise<void> {
  const send: Send = (message, transferables = []) => port.postMessage(message, transferables)
  // Listened to from the start: a close that comes early must not be lost.
  const closing = Promise.withResolvers<void>()
  let calls: EngineCalls | undefined
  port.on('message', (message: ToEngine) => {
    if (message.type === 'close') closing.resolve()
    else if (message.type === 'crash') throw new Error('the thread was told to crash')
    else void answer(calls!, message, send)
  })

  try {
    const engine = await startEngine(options, send)
    calls = engine.calls
    send(engine.ready)
    await closing.promise
    await engine.close()
  } catch (error) {
    send({ type: 'failed', error: errorToWire(error) })
  }
  port.close()
}

async function startEngine(options: EngineThreadOptions, send: (message: FromEngine) => void) {
  const logger = createPortLogger(send)
  const clock = systemClock
  const { dataDir, rollup, builder } = options
  const genesis = genesisFromJson(options.genesis)
  const store =
    dataDir === undefined
      ? new MemoryStore()
      : await openLevelStore(join(dataDir, 'chaindata'), { clock })
  const stack = await openEngineStack(
    { genesis, rollup, ...(builder && { builder }) },
    { store, clock, logger },
  ).catch(async (error) => {
    await store.close()
    throw error
  })
  const version = readPackageVersion()
  const servers = await serveEngine({ ...options, version }, { stack, clock, logger }).catch(
    async (error) => {
      await stack.close()
      throw error
    },
  )
  const calls: EngineCalls = {
    forkchoiceUpdated: (state, attributes) => stack.engine.forkchoiceUpdated(state, attributes),
    getPayload: (id) => stack.engine.getPayload(id),
    newPayload: (envelope) => stack.engine.newPayload(envelope),
    newBuiltPayload: (hash) => stack.engine.newBuiltPayload(hash),
    blockFilled: () => stack.builder.filled(),
    ...stack.l2Chain,
  }
  const ready: FromEngine = {
    type: 'ready',
    rpcPort: servers.rpc.port,
    enginePort: servers.engineApi.port,
    genesisHash: stack.chain.genesis.hash,
  }
  const close = async () => {
    await servers.close()
    await stack.close()
  }
  return { calls, ready, close }
}

async function answer(
  calls: EngineCalls,
  { id, method, args }: Extract<ToEngine, { type: 'call' }>,
  send: Send,
): Promise<void> {
  try {
    const call = calls[method] as (...args: readonly unknown[]) => Promise<unknown>
    const value = await call(...args)
    if (payloadCalls.has(method) && value !== undefined) {
      const packed = packPayload(value as PayloadEnvelope)
      send({ type: 'payload', id, packed }, transferablesOf(packed))
    } else {
      send({ type: 'result', id, value })
    }
  } catch (error) {
    send({ type: 'error', id, error: errorToWire(error) })
  }
}
