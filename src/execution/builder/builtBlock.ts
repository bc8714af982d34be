import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { headerToEnvelope } from '../../protocol/payloadHeader.ts'
import type { FinishedBlock } from '../block/blockExecution.ts'
import { type EncodedBlock, encodeFinishedBlock } from '../chain/encodedBlock.ts'

/** A block that was built here, in the forms in which it leaves. Each is made once, when it is first asked for. */
export class BuiltBlock {
  readonly block: FinishedBlock
  #envelope: PayloadEnvelope | undefined
  #encoded: EncodedBlock | undefined

  constructor(block: FinishedBlock) {
    this.block = block
  }

  /** For the Engine API. */
  envelope(): PayloadEnvelope {
    const { header, hash, transactions } = this.block
    const raw = () => transactions.map((transaction) => transaction.raw)
    this.#envelope ??= headerToEnvelope(header, raw(), hash)
    return this.#envelope
  }

  /** For the chain store. */
  encoded(): EncodedBlock {
    this.#encoded ??= encodeFinishedBlock(this.block)
    return this.#encoded
  }
}
