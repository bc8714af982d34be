import { EngineApiError, engineErrorCodes } from '../protocol/engineApiError.ts'
import type { PayloadStatus } from './interface.ts'

/** Calls of the Engine API, by what the same answer means to us. A failed `getPayload` means one thing: no block. */
export type EngineCall =
  /** forkchoiceUpdated with attributes. */
  | 'startBuild'
  /** forkchoiceUpdated without attributes. */
  | 'forkchoice'
  | 'newPayload'

/**
 * What an answer means.
 *
 * - `ok`: done.
 * - `invalid`: the attributes or the payload break the rules; the same ones will never do.
 * - `syncing`: the engine lacks the blocks before; it may get them.
 * - `temporary`: the same call may work later.
 * - `reset`: engine and node do not see the same chain.
 */
export type EngineVerdict = 'ok' | 'invalid' | 'syncing' | 'temporary' | 'reset'

/** Verdict on what an engine says of a block, or of the one to build on. */
const statusVerdicts: Readonly<Record<PayloadStatus['status'], EngineVerdict>> = {
  VALID: 'ok',
  INVALID: 'invalid',
  INVALID_BLOCK_HASH: 'invalid',
  SYNCING: 'syncing',
  ACCEPTED: 'temporary',
}

interface ErrorVerdicts {
  /** By JSON-RPC code. */
  readonly byCode: Readonly<Record<number, EngineVerdict>>
  /** Other codes of the Engine API, −38000 to −38999. */
  readonly otherEngineCode: EngineVerdict
  /** Any other code, and no answer at all. */
  readonly otherwise: EngineVerdict
}

const { invalidForkchoiceState, invalidPayloadAttributes } = engineErrorCodes

/** Verdict on each error. */
const errorVerdicts: Readonly<Record<EngineCall, ErrorVerdicts>> = {
  startBuild: {
    byCode: { [invalidForkchoiceState]: 'reset', [invalidPayloadAttributes]: 'invalid' },
    otherEngineCode: 'reset',
    otherwise: 'temporary',
  },
  forkchoice: {
    byCode: { [invalidForkchoiceState]: 'reset' },
    otherEngineCode: 'temporary',
    otherwise: 'temporary',
  },
  newPayload: { byCode: {}, otherEngineCode: 'temporary', otherwise: 'temporary' },
}

/** What a payload status means as the answer to that call. */
export function classifyStatus(call: EngineCall, status: PayloadStatus['status']): EngineVerdict {
  if (call !== 'forkchoice') return statusVerdicts[status]
  // We only ever send heads that the engine has called valid. If it no longer does, it lost them.
  return status === 'VALID' ? 'ok' : 'reset'
}

/** What an error means as the answer to that call. Anything but an {@link EngineApiError} is no answer. */
export function classifyError(call: EngineCall, error: unknown): EngineVerdict {
  const verdicts = errorVerdicts[call]
  if (!(error instanceof EngineApiError)) return verdicts.otherwise
  const { rpcCode } = error
  const named = verdicts.byCode[rpcCode]
  if (named !== undefined) return named
  const isEngineCode = rpcCode <= -38000 && rpcCode > -39000
  return isEngineCode ? verdicts.otherEngineCode : verdicts.otherwise
}
