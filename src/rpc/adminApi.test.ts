import { describe, expect, it } from 'vitest'
import { TaktError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import { adminApi, type NodeControl } from './adminApi.ts'

const context = { signal: new AbortController().signal, notify: undefined }
const hash: Hash = `0x${'ab'.repeat(32)}`

function control(changes: Partial<NodeControl> = {}): NodeControl {
  return {
    startSequencer: async () => undefined,
    stopSequencer: async () => hash,
    sequencerActive: true,
    requestReset: async () => undefined,
    insertUnsafePayload: async () => undefined,
    ...changes,
  }
}

describe('adminApi', () => {
  it('starts the sequencer at a hash, in lower case', async () => {
    const started: Hash[] = []
    const api = adminApi(
      control({
        startSequencer: async (head) => {
          started.push(head)
        },
      }),
    )
    await api['admin_startSequencer']!([hash.toUpperCase().replace('0X', '0x')], context)
    expect(started).toEqual([hash])
  })

  it('refuses a start without a hash', async () => {
    const api = adminApi(control())
    await expect(api['admin_startSequencer']!([], context)).rejects.toMatchObject({
      rpcCode: -32602,
      shortMessage: 'missing value for required argument 0',
    })
  })

  it('answers a stop with the hash of the head', async () => {
    expect(await adminApi(control())['admin_stopSequencer']!([], context)).toBe(hash)
  })

  it('says whether the sequencer runs', async () => {
    expect(await adminApi(control())['admin_sequencerActive']!([], context)).toBe(true)
  })

  it('tells the caller why something is refused', async () => {
    const api = adminApi(
      control({
        stopSequencer: async () => {
          throw new TaktError('SEQUENCER_NOT_RUNNING', 'the sequencer is not running')
        },
      }),
    )
    await expect(api['admin_stopSequencer']!([], context)).rejects.toMatchObject({
      rpcCode: -32000,
      shortMessage: 'the sequencer is not running',
      data: { code: 'SEQUENCER_NOT_RUNNING' },
    })
  })

  it('does not tell the caller of our own faults', async () => {
    const api = adminApi(
      control({
        requestReset: async () => {
          throw new TypeError('a bug')
        },
      }),
    )
    await expect(api['admin_resetDerivationPipeline']!([], context)).rejects.toThrow(TypeError)
  })

  it('refuses a payload that is none', async () => {
    const api = adminApi(control())
    const post = api['admin_postUnsafePayload']!
    await expect(post([{ executionPayload: { parentHash: zeroHash } }], context)).rejects.toThrow(
      'feeRecipient is missing',
    )
  })
})
