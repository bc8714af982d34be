/** One change of a batch; `undefined` removes the key. */
export interface StoreChange {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/**
 * Where the engine keeps everything: trie nodes, code, blocks, receipts, indexes and heads.
 *
 * Reads are synchronous because the EVM reads state in the middle of an instruction. They see every
 * write at once, also while it is still on its way to the disk.
 */
export interface KeyValueStore {
  /** The caller must not change the bytes that it gets. */
  get(key: Uint8Array): Uint8Array | undefined
  /**
   * Applies all changes or none of them, after all earlier batches.
   *
   * Resolves once the batch survives the end of the process, however sudden. A power failure it survives
   * a little later: what is lost to one then are the last batches, and the store is whole without them.
   * The store keeps the bytes: they must not change afterwards.
   *
   * @throws {ChainError} `critical`, `STORE_WRITE` when the disk fails; so does every later write.
   */
  write(batch: readonly StoreChange[]): Promise<void>
  /** Finishes what is being written, down to the disk, and frees the files. */
  close(): Promise<void>
}

/** A store that ends with the process. */
export class MemoryStore implements KeyValueStore {
  readonly #values = new Map<string, Uint8Array>()

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(storeKeyText(key))
  }

  async write(batch: readonly StoreChange[]): Promise<void> {
    for (const { key, value } of batch) {
      const text = storeKeyText(key)
      if (value === undefined) this.#values.delete(text)
      else this.#values.set(text, value)
    }
  }

  async close(): Promise<void> {}
}

/** A key as a map key: one character a byte. */
export function storeKeyText(key: Uint8Array): string {
  return globalThis.Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
