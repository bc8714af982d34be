import type { Sequencer } from '../sequencer/sequencer.ts'
import type { Actor } from './activity.ts'
import type { HeadReset } from './headReset.ts'
import type { Patience } from './patience.ts'
import type { UnsafeBlocks } from './unsafeBlocks.ts'
import type { Verifier } from './verifier.ts'

/** Whom the driver lets act. */
export interface Actors {
  /** Nobody acts beside it. */
  readonly resetting: Actor
  /** One at a time, the first that is due: a block that is handed in may be the one that a sequencer must build upon. */
  readonly onChain: readonly Actor[]
  /** Beside those: reading L1 takes as long as L1 takes, and touches no heads. */
  readonly deriving: readonly Actor[]
}

export interface ActorsDeps {
  readonly reset: HeadReset
  readonly sequencer: Sequencer
  /** `undefined`: nothing is derived from L1. */
  readonly verifier: Verifier | undefined
  readonly unsafe: UnsafeBlocks
  readonly patience: Patience
  /** Inserts the blocks that are handed in. */
  readonly inserts: Pick<Actor, 'nextActionMs' | 'act'>
}

/** Each part of the node as one who acts, with its answer to a fault that will pass. */
export function createActors(deps: ActorsDeps): Actors {
  const { reset, sequencer, verifier, unsafe, patience, inserts } = deps
  return {
    resetting: {
      kind: 'reset',
      nextActionMs: () => reset.nextActionMs(),
      act: (signal) => reset.act(signal),
      tryLater: () => reset.retryLater(),
    },
    onChain: [
      {
        kind: 'insert',
        nextActionMs: () => inserts.nextActionMs(),
        act: (signal) => inserts.act(signal),
        // Whoever handed the block in has the error and may try again.
        tryLater: () => undefined,
      },
      {
        kind: 'step',
        nextActionMs: () => sequencer.nextActionMs(),
        async act(signal) {
          await sequencer.act(signal)
          patience.noteEngineWorks()
        },
        tryLater: (error) => sequencer.delay(patience.afterFault(error)),
      },
      ...(verifier === undefined ? [] : [verifying(verifier, patience)]),
      {
        kind: 'queue',
        nextActionMs: () => unsafe.nextActionMs(),
        act: (signal) => unsafe.act(signal),
        tryLater: (error) => unsafe.delay(patience.afterFault(error)),
      },
    ],
    deriving: verifier === undefined ? [] : [deriving(verifier, patience)],
  }
}

function verifying(verifier: Verifier, patience: Patience): Actor {
  return {
    kind: 'verify',
    nextActionMs: () => verifier.nextActionMs(),
    async act(signal) {
      if (await verifier.act(signal)) patience.noteEngineWorks()
    },
    tryLater: (error) => verifier.delay(patience.afterFault(error)),
  }
}

function deriving(verifier: Verifier, patience: Patience): Actor {
  return {
    kind: 'derive',
    nextActionMs: () => verifier.nextDeriveMs(),
    async act(signal) {
      await verifier.derive(signal)
      patience.noteDerived()
    },
    tryLater: () => verifier.delayDerivation(patience.afterFailedDerivation()),
  }
}
