import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Hash, zeroHash } from '../base/hex.ts'
import { EngineApiError, engineErrorCodes } from '../protocol/engineApiError.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { payloadBlockHash } from '../protocol/payloadHeader.ts'
import {
  openTestChain,
  signedTransfer,
  type TestChain,
  testAccounts,
} from '../testing/executionChain.ts'

let chain: TestChain
let genesis: Hash

beforeEach(async () => {
  chain = await openTestChain()
  genesis = chain.stack.chain.genesis.hash
})
afterEach(() => chain.stack.close())

const hashOf = (envelope: PayloadEnvelope) => envelope.executionPayload.blockHash
const head = () => chain.stack.chain.heads.head.hash
const forkchoice = (state: { head: Hash; safe?: Hash; finalized?: Hash }) =>
  chain.stack.engine.forkchoiceUpdated(
    {
      headBlockHash: state.head,
      safeBlockHash: state.safe ?? zeroHash,
      finalizedBlockHash: state.finalized ?? zeroHash,
    },
    undefined,
  )
/** The payload with other fields, and the block hash that they add up to. */
const altered = (
  envelope: PayloadEnvelope,
  changes: Partial<PayloadEnvelope['executionPayload']>,
): PayloadEnvelope => {
  const executionPayload = { ...envelope.executionPayload, ...changes }
  const blockHash = payloadBlockHash({ ...envelope, executionPayload })
  return { ...envelope, executionPayload: { ...executionPayload, blockHash } }
}

describe('the fork choice', () => {
  it('answers an unknown head with SYNCING and changes nothing', async () => {
    const { payloadStatus } = await forkchoice({ head: `0x${'99'.repeat(32)}` })
    expect(payloadStatus.status).toBe('SYNCING')
    expect(head()).toBe(genesis)
  })

  it('answers a zero head with INVALID', async () => {
    expect((await forkchoice({ head: zeroHash })).payloadStatus.status).toBe('INVALID')
  })

  it('goes back to an old canonical block when it is told to', async () => {
    const first = hashOf(await chain.extend())
    const second = hashOf(await chain.extend())
    await forkchoice({ head: first })
    expect(head()).toBe(first)
    expect(chain.stack.chain.canonicalHash(2n)).toBeUndefined()
    await forkchoice({ head: second })
    expect(chain.stack.chain.canonicalHash(2n)).toBe(second)
  })

  it('labels safe and finalized blocks, and keeps the labels when none are given', async () => {
    const first = hashOf(await chain.extend())
    const second = hashOf(await chain.extend())
    await forkchoice({ head: second, safe: first, finalized: genesis })
    await forkchoice({ head: second })
    const { safe, finalized } = chain.stack.chain.heads
    expect([safe?.hash, finalized?.hash]).toEqual([first, genesis])
  })

  it('forgets a safe block that the new chain does not contain', async () => {
    const first = hashOf(await chain.extend())
    await forkchoice({ head: first, safe: first })
    await forkchoice({ head: genesis })
    expect(chain.stack.chain.heads.safe).toBeUndefined()
  })

  it.each(['safe', 'finalized'] as const)(
    'refuses a %s block beside the chain of the head, and moves nothing',
    async (label) => {
      const sibling = await chain.build(genesis, { prevRandao: `0x${'77'.repeat(32)}` })
      await chain.stack.engine.newPayload(sibling)
      const first = await chain.build(genesis)
      await chain.stack.engine.newPayload(first)
      const wrong = forkchoice({ head: hashOf(first), [label]: hashOf(sibling) })
      await expect(wrong).rejects.toMatchObject({
        rpcCode: engineErrorCodes.invalidForkchoiceState,
      })
      const unknown = forkchoice({ head: hashOf(first), [label]: `0x${'99'.repeat(32)}` })
      await expect(unknown).rejects.toBeInstanceOf(EngineApiError)
      expect(head()).toBe(genesis)
    },
  )

  it('moves to a side chain and gives its transactions back to the pool', async () => {
    const sent = await chain.transfer(0, 0)
    const first = await chain.extend()
    expect(first.executionPayload.transactions).toHaveLength(1)
    expect(chain.stack.chain.transactionPlace(sent)?.blockHash).toBe(hashOf(first))

    const other = await chain.build(genesis, { noTxPool: true })
    await chain.stack.engine.newPayload(other)
    await chain.setHead(hashOf(other))
    expect(chain.stack.chain.transactionPlace(sent)).toBeUndefined()
    expect(chain.stack.pool.pool.get(sent)?.hash).toBe(sent)

    const next = await chain.extend()
    expect(next.executionPayload.parentHash).toBe(hashOf(other))
    expect(chain.stack.chain.transactionPlace(sent)?.blockHash).toBe(hashOf(next))
  })
})

describe('a new payload', () => {
  it('is valid when it comes back as it was built, and again when it is known', async () => {
    const built = await chain.build(genesis)
    const valid = { status: 'VALID', latestValidHash: hashOf(built), validationError: undefined }
    expect(await chain.stack.engine.newPayload(built)).toEqual(valid)
    expect(await chain.stack.engine.newPayload(built)).toEqual(valid)
  })

  it('is executed by an engine that did not build it', async () => {
    await chain.transfer(0, 0)
    const first = await chain.extend()
    await using follower = await openTestChain()
    expect((await follower.stack.engine.newPayload(first)).status).toBe('VALID')
    await follower.setHead(hashOf(first))
    expect(follower.stack.chain.headHeader).toEqual(chain.stack.chain.headHeader)
  })

  it('without a known parent waits for it', async () => {
    await chain.extend()
    const second = await chain.extend()
    await using follower = await openTestChain()
    expect((await follower.stack.engine.newPayload(second)).status).toBe('SYNCING')
  })

  it('with another hash than its fields have is invalid', async () => {
    const built = await chain.build(genesis)
    const payload = { ...built.executionPayload, blockHash: `0x${'99'.repeat(32)}` as Hash }
    const status = await chain.stack.engine.newPayload({ ...built, executionPayload: payload })
    expect(status).toMatchObject({ status: 'INVALID', latestValidHash: undefined })
    expect(status.validationError).toContain('blockhash mismatch')
  })

  it.each([
    ['stateRoot', { stateRoot: `0x${'99'.repeat(32)}` }],
    ['gasUsed', { gasUsed: 21_000n }],
    ['baseFeePerGas', { baseFeePerGas: 7n }],
    ['extra data', { extraData: new Uint8Array(9) }],
    ['withdrawalsRoot', { withdrawalsRoot: `0x${'99'.repeat(32)}` }],
    ['transaction 0', { transactions: [Uint8Array.of(0x05, 0xc0)] }],
  ] as const)('with a wrong %s is invalid and says so', async (field, changes) => {
    const wrong = altered(await chain.build(genesis), changes)
    const status = await chain.stack.engine.newPayload(wrong)
    expect(status.status).toBe('INVALID')
    expect(status.validationError).toContain(field)
    expect(chain.stack.chain.header(hashOf(wrong))).toBeUndefined()
  })

  it('on top of an invalid one is invalid too, down to the last valid block', async () => {
    const wrong = altered(await chain.build(genesis), { stateRoot: `0x${'99'.repeat(32)}` })
    expect((await chain.stack.engine.newPayload(wrong)).latestValidHash).toBe(genesis)
    const child = altered(wrong, { parentHash: hashOf(wrong), blockNumber: 2n })
    const status = await chain.stack.engine.newPayload(child)
    expect(status).toMatchObject({ status: 'INVALID', latestValidHash: genesis })
    const { payloadStatus } = await forkchoice({ head: hashOf(child) })
    expect(payloadStatus).toMatchObject({ status: 'INVALID', latestValidHash: genesis })
  })
})

describe('building', () => {
  const begin = async (changes: Parameters<TestChain['attributes']>[1]) =>
    chain.stack.engine.forkchoiceUpdated(
      { headBlockHash: genesis, safeBlockHash: zeroHash, finalizedBlockHash: zeroHash },
      chain.attributes(genesis, changes),
    )

  it('gives the same id for the same attributes', async () => {
    const [first, second] = [await begin({}), await begin({})]
    expect(second.payloadId).toBe(first.payloadId)
    expect((await begin({ noTxPool: true })).payloadId).not.toBe(first.payloadId)
  })

  it('knows nothing of other ids', async () => {
    await expect(chain.stack.engine.getPayload('0x0300000000000000')).rejects.toMatchObject({
      rpcCode: engineErrorCodes.unknownPayload,
    })
  })

  it('always gives the same block once it was asked for it', async () => {
    const { payloadId } = await begin({})
    const first = await chain.stack.engine.getPayload(payloadId!)
    await chain.transfer(0, 0)
    expect(await chain.stack.engine.getPayload(payloadId!)).toEqual(first)
  })

  it.each([
    ['an old timestamp', { timestamp: 1n }],
    ['missing EIP-1559 parameters', { eip1559Params: undefined }],
    ['a missing minimum base fee', { minBaseFee: undefined }],
    ['a missing beacon root', { parentBeaconBlockRoot: undefined }],
    ['bytes that are no transaction', { transactions: [Uint8Array.of(1, 2, 3)] }],
  ])('refuses attributes with %s, but follows the fork choice', async (_, changes) => {
    const first = hashOf(await chain.extend())
    const wrong = chain.stack.engine.forkchoiceUpdated(
      { headBlockHash: first, safeBlockHash: first, finalizedBlockHash: zeroHash },
      chain.attributes(first, changes),
    )
    await expect(wrong).rejects.toMatchObject({
      rpcCode: engineErrorCodes.invalidPayloadAttributes,
    })
    expect(chain.stack.chain.heads.safe?.hash).toBe(first)
  })

  it('refuses attributes with a transaction that cannot be included, and names it', async () => {
    const good = await signedTransfer(0, 0)
    const tooFar = await signedTransfer(0, 7)
    await expect(begin({ transactions: [good, tooFar] })).rejects.toMatchObject({
      rpcCode: engineErrorCodes.invalidPayloadAttributes,
      rpcMessage: expect.stringContaining('transaction 1 is invalid: nonce 7'),
    })
  })

  it('puts forced transactions first, then those of the pool', async () => {
    const forced = await signedTransfer(1, 0)
    await chain.transfer(0, 0)
    await chain.transfer(2, 0, { maxPriorityFeePerGas: 10n ** 9n })
    const { executionPayload } = await chain.build(genesis, { transactions: [forced] })
    expect(executionPayload.transactions).toEqual([
      forced,
      await signedTransfer(2, 0, { maxPriorityFeePerGas: 10n ** 9n }),
      await signedTransfer(0, 0),
    ])
    expect(executionPayload.feeRecipient).toBe('0x4200000000000000000000000000000000000011')
    expect(testAccounts).toHaveLength(4)
  })

  it('leaves the pool alone when it is told to', async () => {
    await chain.transfer(0, 0)
    const { executionPayload } = await chain.build(genesis, { noTxPool: true })
    expect(executionPayload.transactions).toEqual([])
  })
})
