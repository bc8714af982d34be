import { readFileSync } from 'node:fs'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Address, bytesToHex } from '../base/hex.ts'
import { bytesFromJson, JsonFields } from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../jsonrpc/client.ts'
import type { ClientTls } from '../jsonrpc/endpoint.ts'
import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { Signer, UnsignedTransaction } from '../txmgr/interface.ts'
import { isUnknownMethod, sourceError } from './sourceError.ts'

export interface RemoteSignerOptions {
  readonly endpoint: string
  /** The account that it signs for. */
  readonly address: Address
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Files for TLS with a client certificate; `undefined` does without one. */
  readonly tls: ClientTlsFiles | undefined
  /** For one request. */
  readonly timeoutMs: number
}

/** PEM files. They are read again for each new connection: a renewed certificate needs no restart. */
export interface ClientTlsFiles {
  readonly caPath: string
  readonly certPath: string
  readonly keyPath: string
}

/** A signer in another process, such as op-signer. */
export interface RemoteSigner extends Signer {
  close(): Promise<void>
}

/**
 * Connects to a signer that serves `eth_signTransaction`, and checks that it answers.
 *
 * @throws {ConfigError} `SIGNER_UNREACHABLE`, `TLS_FILE`, `URL_INVALID`
 * @see https://github.com/ethereum-optimism/infra/tree/main/op-signer
 */
export async function connectRemoteSigner(
  options: RemoteSignerOptions,
  deps: { readonly clock: Clock; readonly random: Random },
  signal?: AbortSignal,
): Promise<RemoteSigner> {
  const { endpoint, address, headers, tls, timeoutMs } = options
  const readTls = tls && (() => readTlsFiles(tls))
  // Before the first connection, which would meet missing files later and less clearly.
  readTls?.()
  const rpc = createJsonRpcClient(
    { urls: [endpoint], urlFlag: '--signer.endpoint', headers, tls: readTls, timeoutMs },
    deps,
  )
  try {
    await assertAnswers(rpc, signal)
  } catch (error) {
    await rpc.close()
    throw error
  }
  return {
    address,
    async sign(transaction, signal) {
      try {
        const params = [transactionToJson(transaction, address)]
        return signedFromJson(await rpc.request('eth_signTransaction', params, { signal }))
      } catch (error) {
        throw sourceError(error, 'SIGNER', 'the remote signer')
      }
    },
    close: () => rpc.close(),
  }
}

async function assertAnswers(rpc: JsonRpcClient, signal: AbortSignal | undefined): Promise<void> {
  try {
    await rpc.request('health_status', [], { signal })
  } catch (error) {
    // Only op-signer has this method; any answer shows that somebody is there.
    if (isUnknownMethod(error)) return
    signal?.throwIfAborted()
    const reason = (sourceError(error, 'SIGNER', 'the remote signer') as Error).message
    throw new ConfigError(exitCodes.unreachable, 'SIGNER_UNREACHABLE', reason, {
      cause: error,
      metaMessages: [
        error instanceof RpcTransportError
          ? 'Check --signer.endpoint, and the certificates of --signer.tls.* when it asks for them.'
          : 'Check that --signer.endpoint is a signer.',
      ],
    })
  }
}

/** What `eth_signTransaction` takes, as geth named it. */
function transactionToJson(transaction: UnsignedTransaction, from: Address) {
  const { blobs } = transaction
  return {
    from,
    to: transaction.to ?? null,
    nonce: encodeQuantity(transaction.nonce),
    gas: encodeQuantity(transaction.gasLimit),
    maxFeePerGas: encodeQuantity(transaction.maxFeePerGas),
    maxPriorityFeePerGas: encodeQuantity(transaction.maxPriorityFeePerGas),
    value: encodeQuantity(transaction.value),
    input: bytesToHex(transaction.data),
    accessList: [],
    chainId: encodeQuantity(transaction.chainId),
    ...(blobs === undefined
      ? {}
      : {
          blobVersionedHashes: blobs.versionedHashes,
          maxFeePerBlobGas: encodeQuantity(blobs.maxFeePerBlobGas),
        }),
  }
}

/** op-signer and Web3Signer answer with the bytes alone, geth and Clef with an object around them. */
function signedFromJson(json: unknown): Uint8Array {
  if (typeof json === 'string') return bytesFromJson(json)
  return new JsonFields(json, 'signed transaction', 'SIGNED_JSON').read('raw', bytesFromJson)
}

function readTlsFiles({ caPath, certPath, keyPath }: ClientTlsFiles): ClientTls {
  return { ca: readPem(caPath), cert: readPem(certPath), key: readPem(keyPath) }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(exitCodes.configFile, 'TLS_FILE', `cannot read ${path}`, {
      cause,
      metaMessages: [
        'Name the files with --signer.tls.ca, --signer.tls.cert and --signer.tls.key,',
        'or turn client certificates off with --signer.tls.enabled=false.',
      ],
    })
  }
}
