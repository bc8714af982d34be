import type { Hex } from '../base/hex.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../jsonrpc/client.ts'
import { Cleanups } from '../runtime/cleanups.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { type KzgThread, startKzgThread } from '../sources/kzgThread.ts'
import { createL1TxClient } from '../sources/l1TxClient.ts'
import type { TxManager } from '../txmgr/interface.ts'
import { createLocalSigner } from '../txmgr/localSigner.ts'
import { createTxManager } from '../txmgr/manager.ts'
import { txManagerOptions } from '../txmgr/options.ts'

/** One of the chain's own accounts, at work on L1. */
export interface DevnetAccount {
  readonly transactions: TxManager
  readonly rpc: JsonRpcClient
  close(): Promise<void>
}

// L1 of a devnet is in this machine, and its blocks stay.
const txManager = txManagerOptions({
  numConfirmations: 1,
  receiptQueryIntervalMs: 500,
  resubmissionTimeoutMs: 30_000,
})

/** Makes an account ready to send transactions. */
export function openDevnetAccount(
  options: { readonly privateKey: Hex; readonly l1RpcUrl: string; readonly l1ChainId: number },
  deps: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): DevnetAccount {
  const cleanups = new Cleanups()
  const rpc = createJsonRpcClient({ urls: [options.l1RpcUrl] }, deps)
  cleanups.add(() => rpc.close())
  let kzg: Promise<KzgThread> | undefined
  cleanups.add(async () => {
    await kzg?.then((thread) => thread.close()).catch(() => undefined)
  })
  const transactions = createTxManager(
    txManager,
    { chainId: BigInt(options.l1ChainId) },
    {
      ...deps,
      backend: createL1TxClient({ rpc }),
      signer: createLocalSigner(options.privateKey),
      loadProver: () => {
        kzg ??= startKzgThread()
        return kzg
      },
    },
  )
  cleanups.add(() => transactions.close())
  return { transactions, rpc, close: () => cleanups.run() }
}
