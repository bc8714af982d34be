import type { Hex } from '../../base/hex.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../jsonrpc/client.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import { createKzgLoader } from '../../sources/kzgThread.ts'
import { createL1TxClient } from '../../sources/l1TxClient.ts'
import type { TxManager, TxManagerControl } from '../../txmgr/interface.ts'
import { createLocalSigner } from '../../txmgr/localSigner.ts'
import { txManagerOptions } from '../../txmgr/options.ts'
import { createTxManager } from '../../txmgr/txManager.ts'
import type { DevnetAccounts } from '../accounts.ts'
import type { DevnetChain } from '../chainFiles.ts'
import type { DevnetL1Links } from '../l1/l1Links.ts'
import type { RollupNode } from './rollupNode.ts'
import type { ServiceTime } from './serviceTime.ts'

/** One of the chain's own accounts, at work on L1. */
export interface DevnetAccount {
  readonly transactions: TxManager & TxManagerControl
  readonly rpc: JsonRpcClient
  close(): Promise<void>
}

// L1 of a devnet is in this machine, and its blocks stay.
const txManager = txManagerOptions({
  numConfirmations: 1,
  receiptQueryIntervalMs: 500,
  resubmissionTimeoutMs: 30_000,
  // It has all forks of Ethereum up to Osaka.
  cellProofTime: 0n,
})

/** What a service that works on L1 is given. */
export interface ServiceDeps {
  readonly chain: DevnetChain
  readonly links: DevnetL1Links
  readonly accounts: DevnetAccounts
  readonly sequencer: RollupNode
  readonly time: ServiceTime
  /** The host's. */
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Makes an account ready to send transactions. */
export function openDevnetAccount(
  { privateKey }: { readonly privateKey: Hex },
  deps: Omit<ServiceDeps, 'accounts' | 'sequencer'>,
): DevnetAccount {
  const { time, links, chain } = deps
  const cleanups = new Cleanups()
  const rpc = time.watch(createJsonRpcClient({ urls: [links.l1.rpcUrl] }, deps))
  cleanups.add(() => rpc.close())
  const kzg = time.watch(createKzgLoader())
  cleanups.add(() => kzg.close())
  const transactions = createTxManager(
    txManager,
    { chainId: chain.rollupConfig.l1ChainId },
    {
      ...deps,
      clock: time.accountClock,
      backend: createL1TxClient({ rpc }),
      signer: createLocalSigner(privateKey),
      loadProver: async () => time.watch(await kzg.load()),
    },
  )
  cleanups.add(() => transactions.close())
  return { transactions, rpc, close: () => cleanups.run() }
}
