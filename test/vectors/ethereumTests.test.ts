import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { keccak256 } from '../../src/base/keccak.ts'
import { rulesOf } from '../../src/execution/chainConfig.ts'
import { EvmPool } from '../../src/execution/evm/evmPool.ts'
import { intrinsicGas } from '../../src/execution/transaction/intrinsicGas.ts'
import { assertWellFormed } from '../../src/execution/transaction/validity.ts'
import { SignedTransaction } from '../../src/protocol/signedTransaction.ts'
import { haveVectors, readVector, vectorsNote } from '../../src/testing/vectors.ts'
import { MerkleTrie } from '../../src/trie/merkleTrie.ts'
import { opForkOf, runStateTest, type StateTest } from './stateTests.ts'
import { readTar } from './tarArchive.ts'

// All 9,800 variants take a minute; these folders reach every rule that is ours and not the EVM library's.
const isComplete = process.env['TAKT_ALL_STATE_TESTS'] !== undefined
const chosenFolders =
  /^GeneralStateTests\/(stTransactionTest|stEIP(1559|2930|3607)|stRefundTest|stSStoreTest|stCreate2|stExample|stRevertTest|stSystemOperationsTest|Pyspecs\/(shanghai|cancun\/eip6780))/

const files = haveVectors
  ? [...readTar(readVector('ethtests/ethereum-tests-a.tar.gz'))].filter(({ path }) =>
      path.endsWith('.json'),
    )
  : []

describe.skipIf(!haveVectors)(`ethereum/tests${vectorsNote}`, () => {
  const evms = new EvmPool(1n)
  const chosen = filesUnder('GeneralStateTests').filter(
    ({ path }) => isComplete || chosenFolders.test(path),
  )

  it.each(chosen)('$path', async ({ bytes }) => {
    for (const [name, test] of entriesOf<StateTest>(bytes)) {
      for (const [ethereumFork, posts] of Object.entries(test.post)) {
        const fork = opForkOf[ethereumFork]
        if (fork === undefined) continue
        for (const [index, post] of posts.entries()) {
          // Blob transactions are not taken by an OP chain.
          if (post.txbytes.startsWith('0x03')) continue
          const { root, logs, invalid } = await runStateTest(test, post, fork, evms)
          const variant = `${name} ${ethereumFork} ${index}`
          expect({ variant, root, logs, isInvalid: invalid !== undefined }).toEqual({
            variant,
            root: post.hash,
            logs: post.logs,
            isInvalid: post.expectException !== undefined,
          })
        }
      }
    }
  })

  it.each(filesUnder('TransactionTests'))('$path', ({ bytes }) => {
    for (const [name, test] of entriesOf<TransactionTest>(bytes)) {
      const expected = test.result['Shanghai']
      if (expected === undefined) continue
      expect({ name, ...readTransaction(hexToBytes(test.txbytes)) }).toEqual({
        name,
        hash: expected.hash,
        sender: expected.sender,
        intrinsicGas: expected.hash && BigInt(expected.intrinsicGas),
      })
    }
  })

  const trieFiles = filesUnder('TrieTests').filter(({ path }) => /secure/i.test(path))
  it.each(trieFiles)('$path', ({ bytes }) => {
    for (const [name, test] of entriesOf<TrieTest>(bytes)) {
      const pairs = Array.isArray(test.in) ? test.in : Object.entries(test.in)
      const entries = pairs.map(([key, value]) => ({
        key: keccak256(textOrHex(key)),
        value: value === null ? undefined : textOrHex(value),
      }))
      const inOneBatch = emptyTrie().update(entries).trie
      const oneByOne = entries.reduce((trie, entry) => trie.update([entry]).trie, emptyTrie())
      expect([name, bytesToHex(inOneBatch.rootHash)]).toEqual([name, test.root])
      expect([name, bytesToHex(oneByOne.rootHash)]).toEqual([name, test.root])
    }
  })
})

interface TransactionTest {
  readonly txbytes: Hex
  readonly result: Readonly<
    Record<string, { readonly hash?: Hash; readonly sender?: Hex; readonly intrinsicGas: Hex }>
  >
}

interface TrieTest {
  readonly in: Readonly<Record<string, string | null>> | readonly [string, string | null][]
  readonly root: Hash
}

/** What a node learns of a transaction; nothing when it is refused. */
function readTransaction(raw: Uint8Array) {
  const rules = rulesOf('canyon')
  try {
    const transaction = new SignedTransaction(raw)
    assertWellFormed(transaction, mainnet, rules)
    const { hash, sender } = transaction
    return { hash, sender, intrinsicGas: intrinsicGas(transaction, rules) }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return { hash: undefined, sender: undefined, intrinsicGas: undefined }
  }
}

const mainnet = {
  chainId: 1n,
  forkTimes: {},
  chainOpConfig: {
    eip1559Elasticity: 2n,
    eip1559Denominator: 8n,
    eip1559DenominatorCanyon: 8n,
  },
}

function filesUnder(folder: string) {
  return files.filter(({ path }) => path.startsWith(`${folder}/`))
}

function entriesOf<T>(bytes: Uint8Array): [string, T][] {
  return Object.entries(JSON.parse(new TextDecoder().decode(bytes)) as Record<string, T>)
}

function emptyTrie(): MerkleTrie {
  return MerkleTrie.empty(() => undefined)
}

function textOrHex(value: string): Uint8Array {
  return value.startsWith('0x') ? hexToBytes(value) : new TextEncoder().encode(value)
}
