import type { PayloadEnvelope } from '../protocol/payload.ts'

/** Where sequenced blocks go once they are in the own engine. */
export interface Publisher {
  /** Takes the block over and returns at once, and never throws: a network that fails or stalls must not hold us up. */
  publish(envelope: PayloadEnvelope): void
}

/** For a node without a peer-to-peer network. */
export const noPublisher: Publisher = { publish() {} }
