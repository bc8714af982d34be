import type { Command } from 'commander'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../jsonrpc/client.ts'
import type { TxMetrics } from '../metrics/txMetrics.ts'
import { Cleanups } from '../runtime/cleanups.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { fetchL1ChainId } from '../sources/endpointChecks.ts'
import { createKzgLoader } from '../sources/kzgThread.ts'
import { createL1TxClient } from '../sources/l1TxClient.ts'
import { connectRemoteSigner, type RemoteSignerOptions } from '../sources/remoteSigner.ts'
import type { Signer, TxManager, TxManagerControl } from '../txmgr/interface.ts'
import { createLocalSigner, createMnemonicSigner } from '../txmgr/localSigner.ts'
import { type TxManagerOptions, txManagerOptions } from '../txmgr/options.ts'
import { createTxManager } from '../txmgr/txManager.ts'
import { type Environment, readFlags } from './flags/flag.ts'
import type { Service } from './flags/serviceEnv.ts'
import { defaultSignerFlags, type SignerFlagValues, signerFlags } from './flags/signerFlags.ts'
import { blobTipFlags, txManagerFlags } from './flags/txManagerFlags.ts'

/** Who pays for a service's transactions, and how they are sent. */
export interface L1AccountSettings {
  readonly txManager: TxManagerOptions
  readonly signer: SignerSettings
}

type SignerSettings =
  | { readonly type: 'local'; readonly signer: Signer }
  | { readonly type: 'remote'; readonly options: RemoteSignerOptions }

/** An account that a service sends from. */
export interface L1Account {
  readonly transactions: TxManager & TxManagerControl
  readonly rpc: JsonRpcClient
  readonly chainId: bigint
  close(): Promise<void>
}

/**
 * Reads the flags of the transaction manager and of its signer.
 *
 * @throws {ConfigError} `SIGNER_NOT_GIVEN`, `SIGNER_CONFLICT`, `PRIVATE_KEY_INVALID`, `MNEMONIC_INVALID`, `TXMGR_OPTIONS`
 */
export function readL1Account(
  command: Command,
  env: Environment,
  service: Service,
): L1AccountSettings {
  const txManager = txManagerOptions({
    ...readFlags(command, txManagerFlags(service), env),
    ...(service === 'batcher' ? readFlags(command, blobTipFlags, env) : {}),
  })
  const flags = readFlags(command, signerFlags(service), env)
  return { txManager, signer: readSigner(flags, txManager.networkTimeoutMs) }
}

/**
 * Connects to L1, and to the signer where it is elsewhere.
 *
 * @throws {ConfigError} `ENDPOINT_UNREACHABLE`, `SIGNER_UNREACHABLE`, `TLS_FILE`, `URL_INVALID`
 */
export async function openL1Account(
  settings: L1AccountSettings,
  l1Urls: readonly string[],
  deps: {
    readonly logger: Logger
    readonly clock: Clock
    readonly metrics?: TxMetrics | undefined
  },
  signal: AbortSignal,
): Promise<L1Account> {
  const given = { ...deps, random: Math.random }
  const { metrics } = deps
  const { txManager, signer: chosen } = settings
  const cleanups = new Cleanups()
  try {
    const url = '--l1-eth-rpc'
    const rpc = createJsonRpcClient(
      { urls: l1Urls, urlFlag: url, timeoutMs: txManager.networkTimeoutMs },
      { ...given, onRequest: metrics?.onL1Request },
    )
    cleanups.add(() => rpc.close())
    const chainId = await fetchL1ChainId({ flags: { url } }, { rpc }, signal)
    const signer = await openSigner(chosen, given, cleanups, signal)
    const kzg = createKzgLoader()
    cleanups.add(() => kzg.close())
    const client = createL1TxClient({ rpc })
    const backend = metrics?.observedBackend(client) ?? client
    const observer = metrics?.observer
    const transactions = createTxManager(
      txManager,
      { chainId },
      { ...deps, backend, signer, loadProver: () => kzg.load(), observer },
    )
    cleanups.add(() => transactions.close())
    metrics?.watch(transactions)
    return { transactions, rpc, chainId, close: () => cleanups.run() }
  } catch (error) {
    await cleanups.run()
    throw error
  }
}

async function openSigner(
  chosen: SignerSettings,
  deps: { readonly clock: Clock; readonly random: Random },
  cleanups: Cleanups,
  signal: AbortSignal,
): Promise<Signer> {
  if (chosen.type === 'local') return chosen.signer
  const remote = await connectRemoteSigner(chosen.options, deps, signal)
  cleanups.add(() => remote.close())
  return remote
}

function readSigner(flags: Partial<SignerFlagValues>, timeoutMs: number): SignerSettings {
  const { privateKey, mnemonic, hdPath, endpoint, address } = flags
  const ways = [privateKey, mnemonic, endpoint ?? address].filter((way) => way !== undefined)
  if (ways.length === 0) {
    throw signerError('SIGNER_NOT_GIVEN', 'nobody is named who signs the transactions')
  }
  if (ways.length > 1) {
    throw signerError('SIGNER_CONFLICT', 'more than one way to sign the transactions is given')
  }
  if (privateKey !== undefined) return { type: 'local', signer: createLocalSigner(privateKey) }
  if (mnemonic !== undefined) {
    return { type: 'local', signer: createMnemonicSigner(mnemonic, hdPath) }
  }
  if (endpoint === undefined || address === undefined) {
    throw signerError('SIGNER_NOT_GIVEN', '--signer.endpoint and --signer.address go together')
  }
  return { type: 'remote', options: remoteSigner(flags, endpoint, address, timeoutMs) }
}

function remoteSigner(
  flags: Partial<SignerFlagValues>,
  endpoint: string,
  address: RemoteSignerOptions['address'],
  timeoutMs: number,
): RemoteSignerOptions {
  const {
    headers = [],
    tlsEnabled,
    tlsCaPath,
    tlsCertPath,
    tlsKeyPath,
  } = {
    ...defaultSignerFlags,
    ...flags,
  }
  return {
    endpoint,
    address,
    headers: Object.fromEntries(headers.map(readHeader)),
    tls:
      tlsEnabled && endpoint.startsWith('https:')
        ? { caPath: tlsCaPath, certPath: tlsCertPath, keyPath: tlsKeyPath }
        : undefined,
    timeoutMs,
  }
}

function readHeader(text: string): [string, string] {
  const end = text.indexOf('=')
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)]
  // Not quoted: it may be a secret.
  throw signerError('SIGNER_HEADER', '--signer.header must be key=value')
}

function signerError(code: string, problem: string): ConfigError {
  return new ConfigError(exitCodes.usage, code, problem, {
    metaMessages: [
      'Give one of --private-key, --mnemonic, and --signer.endpoint with --signer.address.',
    ],
  })
}
