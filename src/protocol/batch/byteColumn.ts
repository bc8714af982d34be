/** Bytes that grow at the end. Appending costs what is appended, not what is there already. */
export class ByteColumn {
  #bytes = new Uint8Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  appendByte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  /** What was appended, or the first `length` bytes of it: a view, good until the next append. */
  view(length = this.#length): Uint8Array {
    return this.#bytes.subarray(0, length)
  }

  #reserve(size: number): void {
    const end = this.#length + size
    if (end <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
