import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import { type RlpItem, rlpEncode } from '../base/rlp.ts'
import { fc } from '../testing/seededCheck.ts'
import { MerkleTrie } from './merkleTrie.ts'
import { MissingNodeError, type NodeSource } from './nodeReader.ts'
import { nibbleAt } from './trieNode.ts'
import type { TrieEntry } from './trieUpdate.ts'

const nowhere: NodeSource = () => undefined
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

describe('MerkleTrie', () => {
  it('has the well-known root when it is empty', () => {
    expect(bytesToHex(MerkleTrie.empty(nowhere).rootHash)).toBe(emptyRoot)
  })

  it('agrees with a naive model after any sequence of batches, in memory and read back from a store', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
        const model = new Map<Hash, Uint8Array>()
        const store = new Map<Hash, Uint8Array>()
        const source: NodeSource = (hash) => store.get(hash)
        let inMemory = MerkleTrie.empty(source)
        for (const entries of batches) {
          const readBack = MerkleTrie.at(inMemory.rootHash, source).update(entries)
          const { trie, created } = inMemory.update(entries)
          expect(bytesToHex(readBack.trie.rootHash)).toBe(bytesToHex(trie.rootHash))
          for (const node of created) store.set(node.hash, node.rlp)
          inMemory = trie
          for (const { key, value } of entries) {
            if (value === undefined) model.delete(bytesToHex(key))
            else model.set(bytesToHex(key), value)
          }
          expect(bytesToHex(trie.rootHash)).toBe(naiveRoot(model))
          const stored = MerkleTrie.at(trie.rootHash, source)
          for (const [hex, bytes] of model) expect(stored.get(hexToBytes(hex))).toEqual(bytes)
          for (const { key } of entries) {
            expect(trie.get(key)).toEqual(model.get(bytesToHex(key)))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('leaves every older version as it was', () => {
    const first = MerkleTrie.empty(nowhere).update([entry('0x0001', 1), entry('0x0102', 2)]).trie
    const second = first.update([entry('0x0001', undefined), entry('0x0102', 3)]).trie
    expect(first.get(hexToBytes('0x0001'))).toEqual(value(1))
    expect(first.get(hexToBytes('0x0102'))).toEqual(value(2))
    expect(second.get(hexToBytes('0x0001'))).toBeUndefined()
    expect(second.get(hexToBytes('0x0102'))).toEqual(value(3))
  })

  it('is the same object when a batch changes nothing', () => {
    const trie = MerkleTrie.empty(nowhere).update([entry('0x0001', 1), entry('0x0102', 2)]).trie
    expect(trie.update([entry('0x0001', 1), entry('0x0fff', undefined)]).trie).toBe(trie)
  })

  it('proves presence and absence by nodes that hash upwards to the root', () => {
    fc.assert(
      fc.property(batch, key, (entries, probe) => {
        const trie = MerkleTrie.empty(nowhere).update(entries).trie
        const proof = trie.prove(probe)
        const witness = new Map(proof.map((rlp) => [bytesToHex(keccak256(rlp)), rlp]))
        const verifier = MerkleTrie.at(trie.rootHash, (hash) => witness.get(hash))
        expect(verifier.get(probe)).toEqual(trie.get(probe))
      }),
    )
  })

  it('names the node that its source lacks', () => {
    const trie = MerkleTrie.at(keccak256(value(1)), nowhere)
    expect(() => trie.get(hexToBytes('0x0001'))).toThrow(MissingNodeError)
  })
})

const keyLength = 2
// Few distinct bytes, so that keys share prefixes and deletions hit.
const key = fc
  .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), {
    minLength: keyLength,
    maxLength: keyLength,
  })
  .map((bytes) => Uint8Array.from(bytes))
const batch: fc.Arbitrary<TrieEntry[]> = fc.array(
  fc.record({
    key,
    value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  }),
  { maxLength: 12 },
)

function value(number: number): Uint8Array {
  return Uint8Array.of(number)
}

function entry(hex: string, number: number | undefined): TrieEntry {
  return { key: hexToBytes(hex), value: number === undefined ? undefined : value(number) }
}

/** The root as the yellow paper defines it: recursive, without any sharing. */
function naiveRoot(model: ReadonlyMap<Hash, Uint8Array>): Hash {
  if (model.size === 0) return emptyRoot
  const pairs = [...model].map(([hex, bytes]) => {
    const bytesOfKey = hexToBytes(hex)
    const nibbles = Array.from({ length: keyLength * 2 }, (_, i) => nibbleAt(bytesOfKey, i))
    return { nibbles, value: bytes }
  })
  return bytesToHex(keccak256(rlpEncode(naiveNode(pairs))))
}

function naiveNode(
  pairs: readonly { readonly nibbles: readonly number[]; readonly value: Uint8Array }[],
): RlpItem {
  const [first] = pairs
  if (pairs.length === 1) return [naivePath(first!.nibbles, true), first!.value]
  let shared = 0
  while (pairs.every(({ nibbles }) => nibbles[shared] === first!.nibbles[shared])) shared++
  const below = (count: number) =>
    pairs.map((pair) => ({ ...pair, nibbles: pair.nibbles.slice(count) }))
  if (shared > 0) {
    return [naivePath(first!.nibbles.slice(0, shared), false), naiveReference(below(shared))]
  }
  const children: RlpItem[] = []
  for (let nibble = 0; nibble < 16; nibble++) {
    const rest = pairs
      .filter(({ nibbles }) => nibbles[0] === nibble)
      .map((pair) => ({ ...pair, nibbles: pair.nibbles.slice(1) }))
    children.push(rest.length === 0 ? new Uint8Array(0) : naiveReference(rest))
  }
  return [...children, new Uint8Array(0)]
}

function naiveReference(pairs: Parameters<typeof naiveNode>[0]): RlpItem {
  const node = naiveNode(pairs)
  const rlp = rlpEncode(node)
  return rlp.length < 32 ? node : keccak256(rlp)
}

function naivePath(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => all[2 * i]! * 16 + all[2 * i + 1]!)
}
