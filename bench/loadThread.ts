// Keeps the transaction pool of a chain full of transfers until its thread is ended.

import { workerData } from 'node:worker_threads'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../src/base/hex.ts'
import { signTransfer } from './signTransfer.ts'

/** What the thread is started with. */
export interface LoadOptions {
  readonly rpcUrl: string
  readonly chainId: number
  readonly accounts: readonly { readonly address: Hex; readonly privateKey: Hex }[]
}

// About two full blocks of transfers.
const wantedPending = 6_000
const batchSize = 20
const pauseMs = 50
// Full blocks raise the base fee: high enough for a few hundred of them.
const maxFeePerGas = 10n ** 14n

const { rpcUrl, accounts, ...options } = workerData as LoadOptions
const chainId = BigInt(options.chainId)
const senders = accounts.map(({ address, privateKey }) => ({
  address,
  key: hexToBytes(privateKey),
  nonce: 0n,
}))

await readNonces()
for (let sent = 0; ; ) {
  const { pending } = (await call('txpool_status', [])) as { pending: Hex }
  let missing = wantedPending - Number(pending)
  while (missing > 0) {
    const raws = Array.from({ length: Math.min(batchSize, missing) }, () => {
      const sender = senders[sent % senders.length]!
      const to = recipientOf(sent++)
      const nonce = sender.nonce++
      return bytesToHex(signTransfer({ chainId, nonce, maxFeePerGas, to }, sender.key))
    })
    const answers = await callBatch('eth_sendRawTransaction', raws)
    // A full pool, or one that dropped something: go on from where it stands.
    if (answers.some(({ error }) => error !== undefined)) {
      await readNonces()
      break
    }
    missing -= raws.length
  }
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}

async function readNonces() {
  for (const sender of senders) {
    sender.nonce = BigInt(
      (await call('eth_getTransactionCount', [sender.address, 'pending'])) as Hex,
    )
  }
}

/** A thousand recipients in turn. */
function recipientOf(index: number): Address {
  return `0x${(0x1000 + (index % 1_000)).toString(16).padStart(40, '0')}`
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function call(method: string, params: readonly unknown[]): Promise<unknown> {
  const { result, error } = (await post({ jsonrpc: '2.0', id: 1, method, params })) as Answer
  if (error !== undefined) throw new Error(`${method}: ${error.message}`)
  return result
}

async function callBatch(method: string, values: readonly unknown[]): Promise<readonly Answer[]> {
  const calls = values.map((value, id) => ({ jsonrpc: '2.0', id, method, params: [value] }))
  return (await post(calls)) as readonly Answer[]
}

async function post(body: unknown): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return await response.json()
}
