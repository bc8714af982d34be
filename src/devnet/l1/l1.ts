import type { LocalAccount } from 'viem/accounts'
import type { TaktError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { BlockId, L1BlockRef } from '../../chain/refs.ts'
import { createJsonRpcClient } from '../../jsonrpc/client.ts'
import { RpcError } from '../../jsonrpc/rpcError.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import { headerFromJson } from '../../sources/blockJson.ts'
import type { Preinstall } from '../genesis/contractArtifacts.ts'
import { deployL1Contracts, type L1DeploymentPlan } from '../genesis/l1Deployment.ts'
import { type AnvilOptions, startAnvil } from './anvil.ts'
import { saveL1State } from './l1State.ts'

export interface L1Options extends AnvilOptions {
  /** Seconds. */
  readonly slotTime: number
}

/** The devnet's L1: anvil, and the clock that makes it mine. */
export interface DevnetL1 extends AsyncDisposable {
  readonly rpcUrl: string
  readonly wsUrl: string
  /** Of anvil. */
  readonly pid: number
  /** Resolves when anvil ends without having been asked to. */
  readonly crashed: Promise<TaktError>
  /** Any method of anvil, unchecked. */
  request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>
  /** Gives every one of the accounts that many wei. */
  fund(addresses: readonly string[], balance: bigint): Promise<void>
  /** Puts code at an address, as if it had been deployed there. */
  install(contract: Preinstall): Promise<void>
  /** Deploys into one block of that timestamp, and returns that block. */
  deploy(plan: L1DeploymentPlan, signer: LocalAccount, timestamp: number): Promise<BlockId>
  /** Saves what L1 is now, where it is to be kept. Otherwise it is saved once a minute and at the end. */
  save(): Promise<void>
  /** Mines one block. L1 numbers its own time where the timestamp lies behind its head. */
  mine(timestamp: number | undefined, signal?: AbortSignal): Promise<void>
  /** The newest block. */
  head(): Promise<L1BlockRef>
  close(): Promise<void>
}

/**
 * Starts L1.
 *
 * @throws what {@link startAnvil} throws.
 */
export async function startL1(
  options: L1Options,
  deps: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Promise<DevnetL1> {
  const anvil = await startAnvil(options, deps)
  const client = createJsonRpcClient(
    { urls: [anvil.rpcUrl], timeoutMs: requestTimeoutMs, maxBatchSize: 100, retry: noRetries },
    deps,
  )
  const request: DevnetL1['request'] = (method, params, signal) =>
    client.request(method, params, { signal })

  const mine: DevnetL1['mine'] = async (timestamp, signal) => {
    try {
      await request('evm_mine', timestamp === undefined ? [] : [{ timestamp }], signal)
    } catch (error) {
      if (!(error instanceof RpcError) || timestamp === undefined) throw error
      // Somebody set L1's time ahead.
      await request('evm_mine', [], signal)
    }
  }
  const head: DevnetL1['head'] = async () => {
    const block = await request('eth_getBlockByNumber', ['latest', false])
    const { hash, header } = headerFromJson(block, { trustRpc: true })
    const { number, parentHash, timestamp } = header
    return { hash, number, parentHash, timestamp }
  }
  const close = async () => {
    await client.close()
    await anvil.close()
  }
  try {
    // What anvil_reorg makes would otherwise all have the timestamp of the common ancestor.
    await request('anvil_setBlockTimestampInterval', [options.slotTime])
  } catch (error) {
    await close()
    throw error
  }

  return {
    rpcUrl: anvil.rpcUrl,
    wsUrl: anvil.wsUrl,
    pid: anvil.pid,
    crashed: anvil.crashed,
    request,
    async fund(addresses, balance) {
      for (const address of addresses) {
        await request('anvil_setBalance', [address, encodeQuantity(balance)])
      }
    },
    async install({ address, runtimeCode }) {
      await request('anvil_setCode', [address, runtimeCode])
    },
    async deploy(plan, signer, timestamp) {
      await deployL1Contracts(plan, options.chainId, signer, {
        sendRawTransactions: (transactions) =>
          Promise.all(
            transactions.map((raw) => request('eth_sendRawTransaction', [raw]) as Promise<Hash>),
          ),
        mine: () => mine(timestamp),
        succeeded: async (hash) => {
          const receipt = await request('eth_getTransactionReceipt', [hash])
          return (receipt as { status?: string } | null)?.status === '0x1'
        },
      })
      const { hash, number } = await head()
      return { hash, number }
    },
    async save() {
      if (options.stateFile !== undefined) await saveL1State(options.stateFile, request)
    },
    mine,
    head,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const requestTimeoutMs = 30_000
const noRetries = { maxAttempts: 1 }
