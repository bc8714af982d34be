import { EngineApiError, engineErrorCodes } from '../protocol/engineApiError.ts'
import type { PayloadStatus } from './interface.ts'

/** The calls of the Engine API, by what the same answer means to us. */
export type EngineCall =
  /** forkchoiceUpdated with attributes. */
  | 'startBuild'
  /** forkchoiceUpdated without attributes. */
  | 'forkchoice'
  | 'getPayload'
  | 'newPayload'

/**
 * What an answer means.
 *
 * - `ok`: done.
 * - `invalid`: the attributes or the payload break the rules; the same ones will never do.
 * - `expired`: the build job is gone; the same attributes may do in a new one.
 * - `syncing`: the engine lacks the blocks before; it may get them.
 * - `temporary`: the same call may work later.
 * - `reset`: engine and node do not see the same chain.
 */
export type EngineVerdict = 'ok' | 'invalid' | 'expired' | 'syncing' | 'temporary' | 'reset'

/** Verdict on each answer that is not an error. */
const statusVerdicts: Readonly<
  Record<
    Exclude<EngineCall, 'getPayload'>,
    Readonly<Record<PayloadStatus['status'], EngineVerdict>>
  >
> = {
  startBuild: {
    VALID: 'ok',
    INVALID: 'invalid',
    INVALID_BLOCK_HASH: 'invalid',
    SYNCING: 'syncing',
    ACCEPTED: 'temporary',
  },
  // We only ever send heads that the engine has called valid. If it no longer does, it lost them.
  forkchoice: {
    VALID: 'ok',
    INVALID: 'reset',
    INVALID_BLOCK_HASH: 'reset',
    SYNCING: 'reset',
    ACCEPTED: 'reset',
  },
  newPayload: {
    VALID: 'ok',
    INVALID: 'invalid',
    INVALID_BLOCK_HASH: 'invalid',
    SYNCING: 'syncing',
    ACCEPTED: 'temporary',
  },
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
  getPayload: { byCode: {}, otherEngineCode: 'expired', otherwise: 'expired' },
  newPayload: { byCode: {}, otherEngineCode: 'temporary', otherwise: 'temporary' },
}

/** What a payload status means as the answer to that call. */
export function classifyStatus(
  call: Exclude<EngineCall, 'getPayload'>,
  status: PayloadStatus['status'],
): EngineVerdict {
  return statusVerdicts[call][status]
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
