import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { hexToBytes } from '../src/base/hex.ts'
import { startRpcThread } from '../src/execution/rpcThread/rpcThread.ts'
import { createMessageHandler, createMessageServer } from '../src/jsonrpc/server.ts'
import type { MessageHandler } from '../src/jsonrpc/webSocketSessions.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { silentLogger } from '../src/runtime/logger.ts'
import { nextTurn } from '../src/runtime/nextTurn.ts'
import { Turnstile } from '../src/runtime/turnstile.ts'
import { openTestChain } from '../src/testing/executionChain.ts'
import { signTransfer } from './signTransfer.ts'

/** How long a burst of submissions keeps the engine's thread from anything else. Milliseconds of its CPU. */
export interface BurstResult {
  readonly submissions: number
  /** The longest turn of the event loop, with HTTP in a thread of its own. */
  readonly longestTurn: number
  /** The same with HTTP in the engine's thread. */
  readonly longestTurnWithHttp: number
  readonly ratio: number
}

/** What the thread that submits is started with. */
export interface BurstOptions {
  readonly url: string
  readonly raws: readonly Uint8Array[]
}

const listen = { host: '127.0.0.1', port: 0 }

/** Submits transfers all at once, each in a request of its own, as a script with `Promise.all` does. */
export async function runBurstBench({ submissions = 5_000 } = {}): Promise<BurstResult> {
  const raws = Array.from({ length: submissions }, (_, i) => transfer(i))
  const longestTurn = await measure(raws, (handle) =>
    startRpcThread(listen, { handle, logger: silentLogger }),
  )
  const longestTurnWithHttp = await measure(raws, (handle) =>
    createMessageServer(listen, { handle, logger: silentLogger, clock: systemClock }),
  )
  const ratio = longestTurnWithHttp / longestTurn
  return { submissions, longestTurn, longestTurnWithHttp, ratio }
}

// The accounts of test chains have the keys 1, 2, 3 and 4.
const keys = [1, 2, 3, 4].map((last) =>
  Uint8Array.from({ length: 32 }, (_, i) => (i < 31 ? 0 : last)),
)

function transfer(index: number): Uint8Array {
  const nonce = BigInt(Math.floor(index / keys.length))
  const to = `0x${(0x1000 + index).toString(16).padStart(40, '0')}` as const
  const fields = { chainId: 901n, nonce, maxFeePerGas: 10n ** 10n, to }
  return signTransfer(fields, keys[index % keys.length]!)
}

async function measure(
  raws: readonly Uint8Array[],
  serve: (handle: MessageHandler) => ReturnType<typeof startRpcThread>,
): Promise<number> {
  await using chain = await openTestChain()
  const { pool } = chain.stack
  const handle = createMessageHandler(
    {
      methods: { submit: async ([raw]) => pool.submit(hexToBytes(raw as `0x${string}`)) },
      turns: new Turnstile(2, systemClock),
    },
    { logger: silentLogger, clock: systemClock },
  )
  const server = await serve(handle)
  const workerData: BurstOptions = { url: server.url, raws }
  const sender = new Worker(new URL('./burstThread.ts', import.meta.url), { workerData })
  let isOver = false
  const over = once(sender, 'exit').finally(() => {
    isOver = true
  })
  let longest = 0
  for (let before = cpuMs(); !isOver; ) {
    await nextTurn()
    const now = cpuMs()
    longest = Math.max(longest, now - before)
    before = now
  }
  await over
  await server.close()
  if (pool.pool.pendingCount !== raws.length) throw new Error('a submission was lost')
  return longest
}

/** Of this thread alone: what others do meanwhile does not show. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
