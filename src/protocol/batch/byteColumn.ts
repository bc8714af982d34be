/** Bytes that grow at the end. Appending costs what is appended, not what is there already. */
export class ByteColumn {
  #bytes = new Uint8Array(1024)
  #length = 0

  append(bytes: Uint8Array): void {
    const end = this.#length + bytes.length
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = end
  }

  /** What was appended: a view, good until the next append. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
