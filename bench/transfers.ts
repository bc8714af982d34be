import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Account, Address as EvmAddress } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import secp256k1 from 'secp256k1'
import { type Address, bytesToHex, hexToBytes, zeroAddress, zeroHash } from '../src/base/hex.ts'
import { keccak256 } from '../src/base/keccak.ts'
import { rlpUint } from '../src/base/rlp.ts'
import { forkTimesUpTo } from '../src/chain/forks.ts'
import { beginBlock, type ExecutionDeps } from '../src/execution/block/blockExecution.ts'
import { EvmPool } from '../src/execution/evm/evmPool.ts'
import {
  buildGenesis,
  defaultGenesisHeader,
  type GenesisAccount,
  genesisAccount,
} from '../src/execution/genesis.ts'
import { StateDatabase } from '../src/execution/state/stateDatabase.ts'
import { decodeTransaction } from '../src/execution/transaction/transaction.ts'
import { encodeExtraData } from '../src/protocol/extraData.ts'
import { signTransfer } from './signTransfer.ts'

/** Transfers a second, decoded, recovered, executed and rooted. */
export interface TransferBenchResult {
  readonly transfers: number
  readonly taktPerSecond: number
  /** EthereumJS `runTx` with its own Merkle state, on the same bytes. */
  readonly ethereumJsPerSecond: number
  readonly ratio: number
}

/**
 * Measures ETH transfers through a block of takt's against EthereumJS `runTx`.
 *
 * Both begin with the encoded bytes and end with the state root. The faster of two rounds counts for either.
 */
export async function runTransferBench({
  transfers = 2_000,
  senders = 50,
  peerTransfers = 400,
} = {}): Promise<TransferBenchResult> {
  const keys = Array.from({ length: senders }, (_, i) => keccak256(Uint8Array.of(i, i >> 8)))
  const raws = Array.from({ length: transfers }, (_, i) =>
    signTransfer(
      {
        chainId,
        nonce: BigInt(Math.floor(i / senders)),
        maxFeePerGas: 10_000_000_000n,
        to: recipientOf(i),
      },
      keys[i % senders]!,
    ),
  )
  const accounts = new Map(
    keys.map((key) => [addressOf(key), genesisAccount({ balance: 10n ** 24n })] as const),
  )
  const taktMs = await fastest(() => runTakt(accounts, raws))
  const peerMs = await fastest(() => runPeer(accounts, raws.slice(0, peerTransfers)))
  const taktPerSecond = (1_000 * transfers) / taktMs
  const ethereumJsPerSecond = (1_000 * peerTransfers) / peerMs
  return {
    transfers,
    taktPerSecond,
    ethereumJsPerSecond,
    ratio: taktPerSecond / ethereumJsPerSecond,
  }
}

const chainId = 901n
const gasLimit = 10_000_000_000n

async function runTakt(
  accounts: ReadonlyMap<Address, GenesisAccount>,
  raws: readonly Uint8Array[],
): Promise<number> {
  const chain = {
    chainId,
    forkTimes: forkTimesUpTo('karst'),
    chainOpConfig: {
      eip1559Elasticity: 6n,
      eip1559Denominator: 50n,
      eip1559DenominatorCanyon: 250n,
    },
  }
  const extraData = encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: 0n })
  const nowhere = () => undefined
  const database = new StateDatabase({}, { node: nowhere, code: nowhere })
  const header = { ...defaultGenesisHeader, gasLimit, extraData }
  const genesis = buildGenesis({ chain, accounts, header, stateRoot: undefined }, database)
  const deps: ExecutionDeps = { chain, evms: new EvmPool(chainId), ancestorHash: () => zeroHash }

  const start = performance.now()
  const block = await beginBlock(deps, genesis.state, genesis.header, {
    timestamp: 2n,
    gasLimit,
    prevRandao: zeroHash,
    feeRecipient: zeroAddress,
    parentBeaconBlockRoot: zeroHash,
    extraData,
  })
  for (const raw of raws) {
    const outcome = await block.apply(decodeTransaction(raw))
    if (outcome.type === 'invalid') throw outcome.error
  }
  block.finish()
  return performance.now() - start
}

async function runPeer(
  accounts: ReadonlyMap<Address, GenesisAccount>,
  raws: readonly Uint8Array[],
): Promise<number> {
  const common = new Common({
    chain: { ...Mainnet, chainId: Number(chainId) },
    hardfork: Hardfork.Prague,
  })
  const vm: VM = await createVM({ common })
  for (const [address, { balance }] of accounts) {
    await vm.stateManager.putAccount(new EvmAddress(hexToBytes(address)), new Account(0n, balance))
  }
  await vm.stateManager.getStateRoot()
  const block = createBlock(
    { header: { number: 1n, timestamp: 2n, gasLimit, baseFeePerGas: 1_000_000_000n } },
    { common, skipConsensusFormatValidation: true },
  )

  const start = performance.now()
  for (const raw of raws) {
    const tx = createTxFromRLP(raw, { common })
    await runTx(vm, { tx, block, skipHardForkValidation: true })
  }
  await vm.stateManager.getStateRoot()
  return performance.now() - start
}

async function fastest(run: () => Promise<number>): Promise<number> {
  return Math.min(await run(), await run())
}

function addressOf(key: Uint8Array): Address {
  return bytesToHex(keccak256(secp256k1.publicKeyCreate(key, false).subarray(1)).subarray(12))
}

/** Half of the transfers go to accounts that are new. */
function recipientOf(index: number): Address {
  const name = index % 2 === 0 ? index : index % 100
  return bytesToHex(keccak256(rlpUint(BigInt(1_000 + name))).subarray(12))
}
