import { describe, expect, it } from 'vitest'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import { fc } from '../../testing/seededCheck.ts'
import { decodeAccount, emptyAccount } from './account.ts'
import { JournaledState } from './journaledState.ts'
import { MissingCodeError, StateDatabase } from './stateDatabase.ts'
import { WorldState } from './worldState.ts'

describe('JournaledState', () => {
  it('agrees with a naive model over blocks, transactions and undone checkpoints', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 25 }), { maxLength: 4 }), (blocks) => {
        let world = WorldState.empty(newDatabase())
        let model: Model = new Map()
        for (const steps of blocks) {
          const state = new JournaledState(world)
          const saved: Model[] = []
          for (const { type, address, slot, value } of steps) {
            const account = model.get(address)
            if (type === 'checkpoint') {
              state.checkpoint()
              saved.push(copy(model))
            } else if (type === 'commit' && saved.length > 0) {
              state.commit()
              saved.pop()
            } else if (type === 'revert' && saved.length > 0) {
              state.revert()
              model = saved.pop()!
            } else if (type === 'pay') {
              state.addBalance(address, BigInt(value))
              if (account !== undefined || value > 0) at(model, address).balance += BigInt(value)
            } else if (type === 'store' && account !== undefined) {
              state.setStorage(address, slot, bytes(value))
              account.storage.set(slot, value)
            } else if (type === 'clear' && account !== undefined) {
              state.clearStorage(address)
              account.storage.clear()
            } else if (type === 'delete') {
              state.deleteAccount(address)
              model.delete(address)
            } else if (type === 'code' && account !== undefined) {
              state.setCode(address, bytes(value))
              account.code = value
            } else if (type === 'sweep') {
              state.sweep(address)
              if (account?.balance === 0n && account.code === 0) model.delete(address)
            }
          }
          while (saved.pop() !== undefined) state.commit()
          for (const address of addresses) {
            expect(state.account(address)?.balance).toBe(model.get(address)?.balance)
            for (const key of slots) {
              const wanted = model.get(address)?.storage.get(key) ?? 0
              expect(state.storage(address, key)).toEqual(bytes(wanted))
            }
          }
          world = world.apply(state.changes()).state
          expect(world.root).toBe(rootOf(model))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('knows what a slot held when the transaction began, also after a revert', () => {
    const state = new JournaledState(WorldState.empty(newDatabase()))
    state.setAccount(alice, emptyAccount)
    state.setStorage(alice, slotOne, bytes(1))
    state.beginTransaction()
    state.checkpoint()
    state.setStorage(alice, slotOne, bytes(2))
    expect(state.originalStorage(alice, slotOne)).toEqual(bytes(1))
    state.revert()
    expect(state.originalStorage(alice, slotOne)).toEqual(bytes(1))
    expect(state.storage(alice, slotOne)).toEqual(bytes(1))
  })
})

describe('WorldState', () => {
  it('is found again by its root from what was to be stored', () => {
    const { root, nodes, code } = filled()
    const database = new StateDatabase(
      {},
      { node: (hash) => nodes.get(hash), code: (hash) => code.get(hash) },
    )
    const world = WorldState.at(database, root)
    expect(world.account(alice)?.balance).toBe(7n)
    expect(world.storage(alice, slotOne)).toEqual(bytes(9))
    expect(world.code(world.account(alice)!.codeHash)).toEqual(bytes(0x5f))
    expect(world.account(bob)).toBeUndefined()
  })

  it('is read anew once its database holds too much', () => {
    const { root, nodes } = filled()
    let reads = 0
    const node = (hash: Hash) => {
      reads++
      return nodes.get(hash)
    }
    const small = new StateDatabase({ maxNodes: 1 }, { node, code: nowhere })
    for (let round = 0; round < 3; round++) {
      expect(WorldState.at(small, root).storage(alice, slotOne)).toEqual(bytes(9))
    }
    expect(reads).toBeGreaterThan(2)

    reads = 0
    const large = new StateDatabase({}, { node, code: nowhere })
    for (let round = 0; round < 3; round++) {
      expect(WorldState.at(large, root).storage(alice, slotOne)).toEqual(bytes(9))
    }
    expect(reads).toBe(2)
  })

  it('can be read before it is stored, however little its database keeps', () => {
    const database = new StateDatabase({ maxNodes: 1 }, { node: nowhere, code: nowhere })
    const state = new JournaledState(WorldState.empty(database))
    for (const address of addresses) {
      state.addBalance(address, 1n)
      state.setCode(address, bytes(0x5f))
      state.setStorage(address, slotOne, bytes(9))
    }
    const { state: world } = WorldState.empty(database).apply(state.changes())
    for (const address of addresses) {
      expect(world.storage(address, slotOne)).toEqual(bytes(9))
      expect(world.code(world.account(address)!.codeHash)).toEqual(bytes(0x5f))
    }
  })

  it('proves accounts and slots by nodes that lead from the root', () => {
    const { world } = filled()
    const proof = world.prove(alice, [slotOne, slotTwo])
    const [leaf] = proof.accountProof
    expect(bytesToHex(keccak256(leaf!))).toBe(world.root)
    expect(proof.account).toEqual(world.account(alice))
    expect(proof.storageProof[0]).toMatchObject({ slot: slotOne, value: bytes(9) })
    expect(proof.storageProof[1]).toMatchObject({ slot: slotTwo, value: bytes(0) })
    expect(bytesToHex(keccak256(proof.storageProof[0]!.proof[0]!))).toBe(proof.account.storageRoot)
  })

  it('names code that its source lacks', () => {
    const { root, nodes } = filled()
    const database = new StateDatabase({}, { node: (hash) => nodes.get(hash), code: nowhere })
    const state = new JournaledState(WorldState.at(database, root))
    expect(() => state.code(alice)).toThrow(MissingCodeError)
  })

  it('rejects an account with a field too many', () => {
    expect(() => decodeAccount(hexToBytes('0xc58080808080'))).toThrowError(
      expect.objectContaining({ code: 'ACCOUNT_FIELDS' }),
    )
  })
})

interface ModelAccount {
  balance: bigint
  code: number
  storage: Map<Hash, number>
}

type Model = Map<Address, ModelAccount>

const alice: Address = `0x${'a1'.repeat(20)}`
const bob: Address = `0x${'b0'.repeat(20)}`
const addresses: readonly Address[] = [alice, bob, `0x${'cc'.repeat(20)}`]
const slotOne: Hash = `0x${'01'.padStart(64, '0')}`
const slotTwo: Hash = `0x${'02'.padStart(64, '0')}`
const slots = [slotOne, slotTwo]
const nowhere = () => undefined

const step = fc.record({
  type: fc.constantFrom(
    'checkpoint',
    'commit',
    'revert',
    'pay',
    'store',
    'clear',
    'delete',
    'code',
    'sweep',
  ),
  address: fc.constantFrom(...addresses),
  slot: fc.constantFrom(...slots),
  value: fc.nat({ max: 3 }),
})

function filled() {
  const state = new JournaledState(WorldState.empty(newDatabase()))
  state.addBalance(alice, 7n)
  state.setCode(alice, bytes(0x5f))
  state.setStorage(alice, slotOne, bytes(9))
  const { state: world, content } = WorldState.empty(newDatabase()).apply(state.changes())
  const nodes = new Map(content.nodes.map(({ hash, rlp }) => [hash, rlp]))
  return { world, root: world.root, nodes, code: content.code }
}

function newDatabase(): StateDatabase {
  return new StateDatabase({}, { node: nowhere, code: nowhere })
}

function bytes(value: number): Uint8Array {
  return value === 0 ? new Uint8Array(0) : Uint8Array.of(value)
}

function at(model: Model, address: Address): ModelAccount {
  const account = model.get(address) ?? { balance: 0n, code: 0, storage: new Map() }
  model.set(address, account)
  return account
}

function copy(model: Model): Model {
  return new Map(
    Array.from(model, ([address, account]) => [
      address,
      { ...account, storage: new Map(account.storage) },
    ]),
  )
}

/** The root of a state that is built in one go. */
function rootOf(model: Model): Hash {
  const state = new JournaledState(WorldState.empty(newDatabase()))
  for (const [address, { balance, code, storage }] of model) {
    state.setAccount(address, { ...emptyAccount, balance })
    state.setCode(address, bytes(code))
    for (const [slot, value] of storage) state.setStorage(address, slot, bytes(value))
  }
  return WorldState.empty(newDatabase()).apply(state.changes()).state.root
}
