import { expect, test } from 'vitest'
import { bytesToHex } from '../base/hex.ts'
import { rlpEncode, rlpUint } from '../base/rlp.ts'
import { fc } from '../testing/seededCheck.ts'
import { MerkleTrie } from './merkleTrie.ts'
import { orderedTrieRoot } from './orderedRoot.ts'

test('the root of nothing is the empty trie root', () => {
  expect(orderedTrieRoot([])).toBe(
    '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  )
})

// Around 1, 0x80, 0x100 and 0x1000 items the keys change their length and the trie its shape.
test.each([1, 2, 16, 17, 127, 128, 129, 130, 255, 256, 257, 1_000, 4_097])(
  'the root of %i items is that of a trie with them',
  (count) => {
    const items = Array.from({ length: count }, (_, i) => new Uint8Array(1 + (i % 90)).fill(i | 1))
    expect(orderedTrieRoot(items)).toBe(rootByTrie(items))
  },
)

test('the root of any items is that of a trie with them', () => {
  const items = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 300 })
  fc.assert(fc.property(items, (list) => orderedTrieRoot(list) === rootByTrie(list)))
})

function rootByTrie(items: readonly Uint8Array[]): string {
  const entries = items.map((value, index) => ({ key: rlpEncode(rlpUint(BigInt(index))), value }))
  const { trie } = MerkleTrie.empty(() => undefined).update(entries)
  return bytesToHex(trie.rootHash)
}
