import { maxBigInt } from '../base/minMaxBigInt.ts'
import { orAbort } from '../runtime/orAbort.ts'
import type { Delivery } from './delivery.ts'
import { kindOf } from './txKind.ts'

/** One transaction with its nonce, on its way. */
export interface Flight {
  readonly delivery: Delivery
  /** Resolves when a node has it. */
  readonly published: PromiseWithResolvers<void>
  /** Resolves when it has been in a block. */
  readonly mined: PromiseWithResolvers<void>
}

/** The transactions that are on their way. */
export class Flights {
  #flights: readonly Flight[] = []

  add(flight: Flight): void {
    this.#flights = [...this.#flights, flight]
  }

  /** False when it was none of them. */
  remove(flight: Flight): boolean {
    const { length } = this.#flights
    this.#flights = this.#flights.filter((other) => other !== flight)
    return this.#flights.length < length
  }

  /** Whether one has a lower nonce than that. */
  hasBelow(nonce: bigint): boolean {
    return this.#flights.some(({ delivery }) => delivery.nonce < nonce)
  }

  /** Whether one has that nonce. */
  has(nonce: bigint): boolean {
    return this.#flights.some(({ delivery }) => delivery.nonce === nonce)
  }

  /** The nonce behind all of them. @param least - When they are behind that, or there are none. */
  nextNonce(least: bigint): bigint {
    return this.#flights.map(({ delivery }) => delivery.nonce + 1n).reduce(maxBigInt, least)
  }

  /** Resolves when a pool can take that one behind those before it. @throws the signal's reason when it aborts. */
  async turnOf(flight: Flight, signal: AbortSignal): Promise<void> {
    const earlier = this.#flights.filter(({ delivery }) => delivery.nonce < flight.delivery.nonce)
    const free = earlier.map((other) =>
      kindOf(other.delivery.tx.unsigned) === kindOf(flight.delivery.tx.unsigned)
        ? other.published
        : other.mined,
    )
    await orAbort(Promise.all(free.map(({ promise }) => promise)), signal)
  }
}
