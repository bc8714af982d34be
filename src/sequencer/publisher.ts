import type { PayloadEnvelope } from '../protocol/payload.ts'

/** Where sequenced blocks go once they are in the own engine. */
export interface Publisher {
  /** Takes the block over and returns at once: a network that fails or stalls must not hold up the next block. Must not throw. */
  publish(envelope: PayloadEnvelope): void
}

/** For a node without a peer-to-peer network. */
export const noPublisher: Publisher = { publish() {} }
