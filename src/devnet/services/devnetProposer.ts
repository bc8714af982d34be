import { createJsonRpcClient, type JsonRpcClient } from '../../jsonrpc/client.ts'
import { proposerOptions } from '../../proposer/options.ts'
import { createProposer, type Proposer } from '../../proposer/proposer.ts'
import { createL1Reader } from '../../sources/l1Reader.ts'
import { createRollupClient } from '../../sources/rollupClient.ts'
import { chainParameters } from '../genesis/chainParameters.ts'
import type { DevnetOptions } from '../options.ts'
import { type DevnetAccount, openDevnetAccount, type ServiceDeps } from './devnetAccount.ts'
import type { ServiceTime } from './serviceTime.ts'

/** The proposer of a devnet. It proposes what is safe, lest withdrawals take as long as finality does. */
export class DevnetProposer {
  readonly #proposer: Proposer
  readonly #account: DevnetAccount
  readonly #rollup: JsonRpcClient
  readonly #time: ServiceTime

  constructor(
    { proposals, l1BlockTime }: Pick<DevnetOptions, 'proposals' | 'l1BlockTime'>,
    deps: ServiceDeps,
  ) {
    const { time, chain, sequencer, accounts } = deps
    const { contracts } = chain
    this.#time = time
    this.#account = openDevnetAccount(accounts.roles.proposer, deps)
    this.#rollup = time.watch(createJsonRpcClient({ urls: [sequencer.rpcUrl] }, deps))
    const { transactions, rpc } = this.#account
    const target =
      proposals === 'dispute-games'
        ? {
            gameFactoryAddress: contracts.disputeGameFactory,
            gameType: chainParameters.gameType,
            proposalIntervalMs: 2_000 * l1BlockTime,
          }
        : { l2OutputOracleAddress: contracts.l2OutputOracle }
    this.#proposer = createProposer(
      proposerOptions({
        ...target,
        pollIntervalMs: Math.min(1_000, 500 * l1BlockTime),
        allowNonFinalized: true,
      }),
      {
        ...deps,
        clock: time.clock,
        transactions,
        l1: createL1Reader({ rpc }),
        outputs: createRollupClient({ rpc: this.#rollup }),
      },
    )
  }

  /** Rejects with the error that proposing could not go on from. */
  get failed(): Promise<void> {
    return this.#proposer.ended
  }

  get isRunning(): boolean {
    return this.#proposer.isRunning
  }

  /** Begins to propose, or goes on. @throws what {@link Proposer.start} throws. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#time.begin()
    await this.#proposer.start(signal)
    await this.#time.settled()
  }

  /** Proposes nothing until it is started again. */
  async stop(): Promise<void> {
    if (this.isRunning) await this.#proposer.stop()
    // The chains may be set back meanwhile.
    this.#account.transactions.forget()
  }

  async close(): Promise<void> {
    await this.#proposer.close()
    await Promise.all([this.#account.close(), this.#rollup.close()])
  }
}
