import { describe, expect, it } from 'vitest'
import { bytesToBigInt } from '../../src/base/bytes.ts'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { keccak256Hex } from '../../src/base/keccak.ts'
import { rlpBytes, rlpDecode, rlpEncode, rlpInteger, rlpList } from '../../src/base/rlp.ts'
import type { ForkTimes } from '../../src/chain/forks.ts'
import { beginBlock, type ExecutionDeps } from '../../src/execution/block/blockExecution.ts'
import { EvmPool } from '../../src/execution/evm/evmPool.ts'
import { StateDatabase } from '../../src/execution/state/stateDatabase.ts'
import { WorldState } from '../../src/execution/state/worldState.ts'
import { decodeTransaction } from '../../src/execution/transaction/transaction.ts'
import { extraDataForAttributes } from '../../src/protocol/extraData.ts'
import { type BlockHeader, hashHeader } from '../../src/protocol/header.ts'
import { headerFromVector, type VectorHeader } from '../../src/testing/vectorHeader.ts'
import { haveVectors, readVector, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

describe.skipIf(!haveVectors)(`real blocks, executed on their witness${vectorsNote}`, () => {
  const blocks = haveVectors ? readVectorJson<readonly IndexEntry[]>('exec/index.json') : []

  it.each(blocks)(
    '$chainId/$block under $fork has the hash that its chain gave it',
    async (entry) => {
      const fixture = readVectorJson<Fixture>(`exec/${entry.block}/fixture.json`)
      const preimages = readPreimages(readVector(`exec/${entry.block}/preimages.bin.gz`))
      const shortened = shortenedNodes(preimages)
      const read = (hash: Hash) => preimages.get(hash) ?? shortened().get(hash)
      const parent = headerFromVector(fixture.parent_header)
      const deps = executionDeps(fixture, read)
      const attributes = fixture.executing_payload
      const timestamp = BigInt(attributes.timestamp)
      const database = new StateDatabase({}, { node: read, code: read })

      const execution = await beginBlock(deps, WorldState.at(database, parent.stateRoot), parent, {
        timestamp,
        gasLimit: BigInt(attributes.gasLimit),
        prevRandao: attributes.prevRandao,
        feeRecipient: attributes.suggestedFeeRecipient,
        parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
        extraData: extraDataForAttributes(deps.chain, deps.chain.chainOpConfig, {
          timestamp,
          eip1559Params: attributes.eip1559Params && hexToBytes(attributes.eip1559Params),
          minBaseFee: undefined,
        }),
      })
      for (const raw of attributes.transactions) {
        const outcome = await execution.apply(decodeTransaction(hexToBytes(raw)))
        if (outcome.type === 'invalid') throw outcome.error
      }
      const block = execution.finish()

      if (entry.expectedHeader !== undefined) {
        expect(block.header).toEqual(headerFromVector(entry.expectedHeader))
      }
      expect(block.hash).toBe(fixture.expected_block_hash)
    },
  )
})

interface IndexEntry {
  readonly block: number
  readonly chainId: number
  readonly fork: string
  readonly expectedHeader?: VectorHeader
}

interface Fixture {
  readonly rollup_config: Readonly<Record<string, unknown>> & {
    readonly l2_chain_id: number
    /** Absent: the constants that all chains here share. */
    readonly chain_op_config?: Readonly<
      Record<'eip1559Elasticity' | 'eip1559Denominator' | 'eip1559DenominatorCanyon', string>
    >
  }
  readonly parent_header: VectorHeader
  readonly executing_payload: {
    readonly timestamp: Hex
    readonly prevRandao: Hash
    readonly suggestedFeeRecipient: Hex
    readonly parentBeaconBlockRoot?: Hash
    readonly transactions: readonly Hex[]
    readonly gasLimit: Hex
    readonly eip1559Params?: Hex
  }
  readonly expected_block_hash: Hash
}

/** `[length u32][value]`, over and over; the key of a value is its keccak256. */
function readPreimages(bytes: Uint8Array): Map<Hash, Uint8Array> {
  const preimages = new Map<Hash, Uint8Array>()
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytesToBigInt(bytes.subarray(at, at + 4)))
    const value = bytes.subarray(at + 4, at + 4 + length)
    preimages.set(keccak256Hex(value), value)
    at += 4 + length
  }
  return preimages
}

/**
 * Nodes as they were before a sibling's deletion pulled them up, found when first asked for.
 *
 * A witness made of `eth_getProof` before and after the block shows such a node only with the longer path that it
 * has afterwards. Its old form is the same node with fewer nibbles.
 */
function shortenedNodes(preimages: ReadonlyMap<Hash, Uint8Array>): () => Map<Hash, Uint8Array> {
  let found: Map<Hash, Uint8Array> | undefined
  return () => {
    if (found !== undefined) return found
    found = new Map()
    for (const rlp of preimages.values()) {
      const node = twoItemNode(rlp)
      if (node === undefined) continue
      for (let dropped = 1; dropped < node.nibbles.length; dropped++) {
        const path = compactPath(node.nibbles.slice(dropped), node.isLeaf)
        const shorter = rlpEncode([path, node.item])
        found.set(keccak256Hex(shorter), shorter)
      }
    }
    return found
  }
}

function twoItemNode(rlp: Uint8Array) {
  try {
    const [path, item, ...more] = rlpList(rlpDecode(rlp))
    if (!(path instanceof Uint8Array) || item === undefined || more.length > 0) return undefined
    const nibbles = [...path].flatMap((byte) => [byte >> 4, byte & 0x0f])
    const flag = nibbles[0] ?? 4
    if (flag > 3) return undefined
    return { isLeaf: flag >= 2, nibbles: nibbles.slice(flag % 2 === 1 ? 1 : 2), item }
  } catch {
    // Code and headers lie among the nodes.
    return undefined
  }
}

function compactPath(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => all[2 * i]! * 16 + all[2 * i + 1]!)
}

function executionDeps(
  { rollup_config: config }: Fixture,
  read: (hash: Hash) => Uint8Array | undefined,
): ExecutionDeps {
  const forkTimes: ForkTimes = Object.fromEntries(
    Object.entries(config)
      .filter(([key, time]) => /^[a-z]+_time$/.test(key) && typeof time === 'number')
      .map(([key, time]) => [key.slice(0, -5), BigInt(time as number)]),
  )
  const constants = config.chain_op_config
  const chainId = BigInt(config.l2_chain_id)
  return {
    chain: {
      chainId,
      // OP Mainnet and its testnet have been under Regolith from their first block of Bedrock on.
      forkTimes: { regolith: 0n, ...forkTimes },
      chainOpConfig: {
        eip1559Elasticity: BigInt(constants?.eip1559Elasticity ?? 6),
        eip1559Denominator: BigInt(constants?.eip1559Denominator ?? 50),
        eip1559DenominatorCanyon: BigInt(constants?.eip1559DenominatorCanyon ?? 250),
      },
    },
    evms: new EvmPool(chainId),
    ancestorHash: (descendant, number) => walkBack(descendant, number, read),
  }
}

/** BLOCKHASH reads headers of the witness, from the parent backwards. */
function walkBack(
  descendant: BlockHeader,
  number: bigint,
  read: (hash: Hash) => Uint8Array | undefined,
): Hash {
  let hash = hashHeader(descendant)
  let height = descendant.number
  let parentHash = descendant.parentHash
  while (height > number) {
    hash = parentHash
    height--
    if (height === number) break
    const rlp = read(hash)
    if (rlp === undefined) throw new Error(`the witness lacks header ${height}`)
    const fields = rlpList(rlpDecode(rlp))
    expect(rlpInteger(fields[8])).toBe(height)
    parentHash = bytesToHex(rlpBytes(fields[0], 32))
  }
  return hash
}
