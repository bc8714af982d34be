import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes, zeroAddress, zeroHash } from '../../src/base/hex.ts'
import type { Fork } from '../../src/chain/forks.ts'
import { EvmPool } from '../../src/execution/evm/evmPool.ts'
import type { MessageResult } from '../../src/execution/evm/opEvm.ts'
import { JournaledState } from '../../src/execution/state/journaledState.ts'
import { StateDatabase } from '../../src/execution/state/stateDatabase.ts'
import { WorldState } from '../../src/execution/state/worldState.ts'
import { haveVectors, readVector, vectorsNote } from '../../src/testing/vectors.ts'
import { readTar } from './tarArchive.ts'

const files = haveVectors
  ? new Map(
      [...readTar(readVector('ethtests/precompiles.tar.gz'))].map(({ path, bytes }) => [
        path.replace(/^.*\//, ''),
        JSON.parse(new TextDecoder().decode(bytes)) as readonly PrecompileVector[],
      ]),
    )
  : new Map<string, readonly PrecompileVector[]>()

describe.skipIf(!haveVectors)(`precompiles${vectorsNote}`, () => {
  it.each<[string, Fork, number]>([
    ['ecRecover', 'bedrock', 0x01],
    ['modexp_eip2565', 'jovian', 0x05],
    ['bn256Add', 'karst', 0x06],
    ['bn256ScalarMul', 'karst', 0x07],
    ['bn256Pairing', 'granite', 0x08],
    ['bn256Pairing', 'karst', 0x08],
    ['blake2F', 'karst', 0x09],
    ['pointEvaluation', 'ecotone', 0x0a],
    ['blsG1Add', 'isthmus', 0x0b],
    ['blsG1MultiExp', 'isthmus', 0x0c],
    ['blsG2Add', 'isthmus', 0x0d],
    ['blsG2MultiExp', 'isthmus', 0x0e],
    ['blsPairing', 'isthmus', 0x0f],
    ['blsMapG1', 'isthmus', 0x10],
    ['blsMapG2', 'isthmus', 0x11],
  ])('%s under %s gives the results of go-ethereum', async (name, fork, address) => {
    const all = files.get(`${name}.json`)!.filter(({ Input }) => Input.length < 10_000)
    // The longer lists differ in points only.
    for (const vector of all.filter((_, i) => i % Math.ceil(all.length / 25) === 0)) {
      const result = await call(fork, address, hexToBytes(`0x${vector.Input}`), 10_000_000n)
      expect([vector.Name, bytesToHex(result.returnValue)]).toEqual([
        vector.Name,
        `0x${vector.Expected}`,
      ])
      // The vectors have the BLS prices of a draft.
      if (vector.Gas !== undefined && !name.startsWith('bls')) {
        expect([vector.Name, result.gasUsed]).toEqual([vector.Name, BigInt(vector.Gas)])
      }
    }
  })

  it.each<[Fork, bigint]>([
    ['fjord', 3_450n],
    ['jovian', 3_450n],
    ['karst', 6_900n],
  ])('p256Verify under %s costs %s', async (fork, gas) => {
    for (const vector of files.get('p256Verify.json')!.filter((_, i) => i % 20 === 0)) {
      const result = await call(fork, 0x100, hexToBytes(`0x${vector.Input}`), gas)
      expect([vector.Name, bytesToHex(result.returnValue), result.gasUsed]).toEqual([
        vector.Name,
        `0x${vector.Expected}`,
        gas,
      ])
    }
    const tooLittle = await call(fork, 0x100, new Uint8Array(160), gas - 1n)
    expect(tooLittle).toMatchObject({ failure: 'out of gas', gasUsed: gas - 1n })
  })
})

interface PrecompileVector {
  readonly Name: string
  readonly Input: string
  readonly Expected: string
  readonly Gas?: number
}

const evms = new EvmPool(10n)

function call(
  fork: Fork,
  address: number,
  data: Uint8Array,
  gasLimit: bigint,
): Promise<MessageResult> {
  const nowhere = () => undefined
  const database = new StateDatabase({}, { node: nowhere, code: nowhere })
  const to: Hex = `0x${address.toString(16).padStart(40, '0')}`
  return evms.run(fork, new JournaledState(WorldState.empty(database)), block, {
    caller: zeroAddress,
    to,
    value: 0n,
    data,
    gasLimit,
    gasPrice: 0n,
    warm: [],
  })
}

const block = {
  number: 1n,
  timestamp: 1n,
  feeRecipient: zeroAddress,
  gasLimit: 30_000_000n,
  baseFee: 0n,
  prevRandao: zeroHash,
  blockHash: () => zeroHash,
}
