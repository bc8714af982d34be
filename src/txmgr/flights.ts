import { maxBigInt } from '../base/minMaxBigInt.ts'
import { orAbort } from '../runtime/orAbort.ts'
import type { Delivery } from './delivery.ts'
import { kindOf } from './txKind.ts'

/** One transaction with its nonce, on its way. */
export interface Flight {
  /** Counts the calls that asked for one. */
  readonly order: number
  readonly delivery: Delivery
  /** Resolves when a node has it. */
  readonly published: PromiseWithResolvers<void>
  /** Resolves when it has been in a block. */
  readonly mined: PromiseWithResolvers<void>
}

/** The transactions that are on their way, in the order in which they were asked for: that of their nonces. */
export class Flights {
  #flights: readonly Flight[] = []

  add(flight: Flight): void {
    this.#flights = [...this.#flights, flight].toSorted((a, b) => a.order - b.order)
  }

  remove(flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight)
  }

  /** Takes out those that were asked for in that place or later. */
  takeFrom(order: number): readonly Flight[] {
    const taken = this.#flights.filter((flight) => flight.order >= order)
    this.#flights = this.#flights.filter((flight) => flight.order < order)
    return taken
  }

  isFirst(flight: Flight): boolean {
    return this.#flights[0] === flight
  }

  /** Whether one has a lower nonce than that. */
  hasBelow(nonce: bigint): boolean {
    return this.#flights.some(({ delivery }) => delivery.tx.unsigned.nonce < nonce)
  }

  /** The nonce behind all of them. @param least - When they are behind that, or there are none. */
  nextNonce(least: bigint): bigint {
    return this.#flights
      .map(({ delivery }) => delivery.tx.unsigned.nonce + 1n)
      .reduce(maxBigInt, least)
  }

  /** Resolves when a pool can take that one behind those before it. @throws the signal's reason when it aborts. */
  async turnOf(flight: Flight, signal: AbortSignal): Promise<void> {
    const earlier = this.#flights.filter(({ order }) => order < flight.order)
    const free = earlier.map((other) =>
      kindOf(other.delivery.tx.unsigned) === kindOf(flight.delivery.tx.unsigned)
        ? other.published
        : other.mined,
    )
    await orAbort(Promise.all(free.map(({ promise }) => promise)), signal)
  }
}
