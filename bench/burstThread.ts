// Submits transactions all at once, and ends when all are answered.

import { workerData } from 'node:worker_threads'
import { bytesToHex } from '../src/base/hex.ts'
import type { BurstOptions } from './burst.ts'

const { url, raws } = workerData as BurstOptions

await Promise.all(
  raws.map(async (raw, id) => {
    const call = { jsonrpc: '2.0', id, method: 'submit', params: [bytesToHex(raw)] }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    })
    const answer = (await response.json()) as { error?: { message: string } }
    if (answer.error !== undefined) throw new Error(answer.error.message)
  }),
)
