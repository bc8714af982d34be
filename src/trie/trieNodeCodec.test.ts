import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { type RlpItem, rlpEncode } from '../base/rlp.ts'
import { decodeTrieNode, encodeTrieNode } from './trieNodeCodec.ts'

describe('decodeTrieNode', () => {
  const path = hexToBytes('0x1234')
  const decode = (item: RlpItem) => () => decodeTrieNode(rlpEncode(item), path, 0)
  const child = new Uint8Array(32).fill(7)
  const blank = new Uint8Array(0)

  it.each<[string, RlpItem]>([
    ['a byte string', blank],
    ['three items', [blank, blank, blank]],
    ['a leaf whose path is too short', [hexToBytes('0x2012'), value(1)]],
    ['a leaf whose path is too long', [hexToBytes('0x20123456'), value(1)]],
    ['a leaf without a value', [hexToBytes('0x201234'), blank]],
    ['unknown path flags', [hexToBytes('0x401234'), value(1)]],
    ['a padded nibble that is not zero', [hexToBytes('0x211234'), value(1)]],
    ['an extension without a path', [hexToBytes('0x00'), child]],
    ['an extension to nothing', [hexToBytes('0x0012'), blank]],
    ['an extension as long as the key', [hexToBytes('0x001234'), child]],
    ['an extension to a leaf', [hexToBytes('0x0012'), [hexToBytes('0x2034'), value(1)]]],
    ['a child of 31 bytes', branch({ 1: child.subarray(1), 2: child })],
    ['a branch with one child', branch({ 1: child })],
    ['a branch with a value', [...branch({ 1: child, 2: child }).slice(0, 16), value(1)]],
    ['an embedded node that is too long', branch({ 1: [hexToBytes('0x31'), child], 2: child })],
  ])('rejects %s', (_, item) => {
    expect(decode(item)).toThrowError(expect.objectContaining({ code: 'TRIE_NODE' }))
  })

  it.each<[string, RlpItem]>([
    ['a leaf', [hexToBytes('0x201234'), value(1)]],
    ['a leaf with a long value', [hexToBytes('0x201234'), new Uint8Array(300).fill(9)]],
    ['an extension with an odd path', [hexToBytes('0x11'), child]],
    ['an extension with an even path', [hexToBytes('0x0012'), child]],
    ['a branch', branch({ 1: child, 9: [hexToBytes('0x20'), value(9)] })],
  ])('reads %s that encodes to the same bytes', (_, item) => {
    const bytes = rlpEncode(item)
    expect(encodeTrieNode(decodeTrieNode(bytes, path, item.length === 17 ? 3 : 0))).toEqual(bytes)
  })

  it('rejects bytes behind the node', () => {
    const bytes = rlpEncode([hexToBytes('0x201234'), value(1)])
    expect(() => decodeTrieNode(Uint8Array.of(...bytes, 0), path, 0)).toThrow()
  })

  it('rejects a node cut at any byte', () => {
    const bytes = rlpEncode(branch({ 1: child, 9: [hexToBytes('0x3234'), value(9)], 15: child }))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeTrieNode(bytes.subarray(0, length), path, 0)).toThrow()
    }
  })
})

function value(number: number): Uint8Array {
  return Uint8Array.of(number)
}

function branch(children: Record<number, RlpItem>): RlpItem[] {
  return Array.from({ length: 17 }, (_, nibble) => children[nibble] ?? new Uint8Array(0))
}
