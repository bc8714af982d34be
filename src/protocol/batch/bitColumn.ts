import { bitlistBytes } from './bitlist.ts'

/** Bits that grow at the end, the first one lowest; any number of the first ones is a bitlist. */
export class BitColumn {
  /** Lowest byte first: the other way round than a bitlist, whose first byte depends on the count. */
  #bytes = new Uint8Array(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(bit: boolean): void {
    const index = this.#length++
    if (index >>> 3 >= this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    if (bit) this.#bytes[index >>> 3]! |= 1 << (index & 7)
  }

  /** The bitlist of the first `count` bits. */
  encode(count = this.#length): Uint8Array {
    const out = this.#bytes.slice(0, bitlistBytes(count)).reverse()
    const spare = count % 8
    if (spare !== 0) out[0]! &= (1 << spare) - 1
    return out
  }
}
