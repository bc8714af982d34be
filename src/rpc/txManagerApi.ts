import { booleanFromJson } from '../base/jsonFields.ts'
import { parseQuantity } from '../base/quantity.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { invalidParams, param } from '../jsonrpc/params.ts'
import type { TxManagerControl, TxManagerSettings } from '../txmgr/interface.ts'
import { withReasons } from './withReasons.ts'

/**
 * The `txmgr_` methods of batcher and proposer: a getter and a setter for each setting. Serve them only where whoever
 * can reach the port may use them.
 *
 * Amounts are JSON numbers of wei, durations JSON numbers of nanoseconds, as op-service has them; amounts may be hex too.
 */
export function txManagerApi(transactions: TxManagerControl): RpcMethods {
  const methods = settings.flatMap(({ name, field, type }): [string, RpcMethods[string]][] => [
    [`txmgr_get${name}`, async () => toJson[type](transactions.settings[field] as never)],
    [
      `txmgr_set${name}`,
      async (params) => {
        transactions.change({ [field]: param<unknown>(params, 0, fromJson[type]) })
        return null
      },
    ],
  ])
  return withReasons(Object.fromEntries(methods))
}

interface Setting {
  readonly name: string
  readonly field: keyof TxManagerSettings
  readonly type: keyof typeof toJson
}

const settings: readonly Setting[] = [
  { name: 'MinBaseFee', field: 'minBaseFeeWei', type: 'wei' },
  { name: 'MinPriorityFee', field: 'minTipCapWei', type: 'wei' },
  { name: 'MinBlobFee', field: 'minBlobFeeWei', type: 'wei' },
  { name: 'FeeThreshold', field: 'feeLimitThresholdWei', type: 'wei' },
  { name: 'RebroadcastInterval', field: 'rebroadcastIntervalMs', type: 'duration' },
  { name: 'BumpFeeRetryTime', field: 'resubmissionTimeoutMs', type: 'duration' },
  { name: 'BlobTipCapDynamic', field: 'blobTipCapDynamic', type: 'switch' },
]

const nanosecondsPerMs = 1e6

const toJson = {
  wei: (wei: bigint) => Number(wei),
  duration: (ms: number) => ms * nanosecondsPerMs,
  switch: (isOn: boolean) => isOn,
} as const

const fromJson = {
  // As a quantity too: numbers of JSON are not exact above 2^53.
  wei: (json: unknown) =>
    typeof json === 'string' ? parseQuantity(json) : BigInt(wholeNumber(json)),
  duration: (json: unknown) => wholeNumber(json) / nanosecondsPerMs,
  switch: booleanFromJson,
} as const

function wholeNumber(json: unknown): number {
  if (Number.isSafeInteger(json) && (json as number) >= 0) return json as number
  throw invalidParams(`expected a whole number, got ${JSON.stringify(json)}`)
}
