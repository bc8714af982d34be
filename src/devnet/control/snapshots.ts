import { TaktError } from '../../base/errors.ts'
import { zeroHash } from '../../base/hex.ts'
import type { ForkchoiceState } from '../../engine/interface.ts'
import type { DevnetL1 } from '../l1/l1.ts'
import type { RollupNode } from '../services/rollupNode.ts'
import type { ChainClock } from '../time/chainClock.ts'

type RewindableNode = Pick<
  RollupNode,
  'isRunning' | 'isEngineOut' | 'forkchoice' | 'rewind' | 'start' | 'stop'
>

interface Snapshot {
  /** Anvil's; it is good for one revert. */
  l1Id: unknown
  /** Of L1's head. */
  readonly l1Number: bigint
  readonly timeMs: number
  readonly heads: ReadonlyMap<RewindableNode, ForkchoiceState>
}

export interface SnapshotDeps {
  readonly l1: Pick<DevnetL1, 'request' | 'head'>
  readonly clock: ChainClock
  readonly nodes: readonly RewindableNode[]
}

/** Snapshots of both chains. Time must stand still while one is taken or gone back to. */
export class Snapshots {
  readonly #deps: SnapshotDeps
  /** By id, the oldest first. */
  readonly #taken = new Map<string, Snapshot>()
  #count = 0

  constructor(deps: SnapshotDeps) {
    this.#deps = deps
  }

  /** @throws {TaktError} `NODE_PAUSED`, `NODE_NOT_READY` */
  async take(): Promise<string> {
    const { l1, clock, nodes } = this.#deps
    const heads = new Map(nodes.map((node) => [node, knownHeads(node)]))
    const { number: l1Number } = await l1.head()
    const l1Id = await l1.request('evm_snapshot', [])
    this.#count++
    const id = `0x${this.#count.toString(16)}`
    this.#taken.set(id, { l1Id, l1Number, timeMs: clock.now(), heads })
    return id
  }

  /**
   * Goes back. Nodes are stopped for it, and those that ran are started again.
   *
   * @throws {TaktError} `SNAPSHOT_UNKNOWN`, `ENGINE_OUT`, and nothing has changed.
   */
  async revert(id: string): Promise<void> {
    const { l1, clock, nodes } = this.#deps
    const snapshot = this.#taken.get(id)
    if (snapshot === undefined) throw unknownSnapshot(id, [...this.#taken.keys()])
    if (nodes.some((node) => node.isEngineOut)) throw engineOut()
    const running = nodes.filter((node) => node.isRunning)
    await Promise.all(running.map((node) => node.stop()))
    try {
      await l1.request('evm_revert', [snapshot.l1Id])
      await l1.request('anvil_dropAllTransactions', [])
      snapshot.l1Id = await l1.request('evm_snapshot', [])
      this.#forgetAfter(id)
      await Promise.all([...snapshot.heads].map(([node, heads]) => node.rewind(heads)))
      clock.set(snapshot.timeMs, snapshot.timeMs)
    } finally {
      await Promise.all(running.map((node) => node.start()))
    }
  }

  /** Forgets those whose L1 block comes after that one: anvil does not keep blocks that were replaced. */
  forgetAbove(l1Number: bigint): void {
    for (const [id, snapshot] of this.#taken) {
      if (snapshot.l1Number > l1Number) this.#taken.delete(id)
    }
  }

  #forgetAfter(id: string): void {
    const ids = [...this.#taken.keys()]
    for (const later of ids.slice(ids.indexOf(id) + 1)) this.#taken.delete(later)
  }
}

function knownHeads(node: RewindableNode): ForkchoiceState {
  const heads = node.forkchoice()
  if (heads.headBlockHash !== zeroHash) return heads
  throw new TaktError('NODE_NOT_READY', 'the node does not know its heads yet')
}

function engineOut(): TaktError {
  return new TaktError('ENGINE_OUT', 'an engine that is out cannot go back', {
    metaMessages: ['End its outage first.'],
  })
}

function unknownSnapshot(id: string, known: readonly string[]): TaktError {
  const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`
  return new TaktError('SNAPSHOT_UNKNOWN', `there is no snapshot ${id}: ${list}`)
}
