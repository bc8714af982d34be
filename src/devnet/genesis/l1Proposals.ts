import { encodeAbiParameters, encodeFunctionData, parseAbi } from 'viem'
import type { Address, Hex } from '../../base/hex.ts'
import type { DevnetAccounts } from '../accounts.ts'
import type { DevnetOptions, L1Contracts } from '../options.ts'
import { chainParameters } from './chainParameters.ts'

/** What a part of a deployment is planned with. */
export interface DeploymentPlanner {
  /** @returns the address that the contract will have. */
  create(name: string, constructorArguments?: Hex): Address
  /** Creates an implementation, and initializes it behind its proxy. */
  implement(name: string, proxy: Address, initialize: Hex, constructorArguments?: Hex): void
  call(to: Address, data: Hex, label: string): void
}

/**
 * Plans where L2's state is proposed on L1, in both ways that there are, and the portal that goes by one of them.
 *
 * @param genesisTime - Timestamp of the L2 genesis block.
 */
export function planL1Proposals(
  options: Pick<DevnetOptions, 'proposals' | 'blockTime' | 'l2ChainId'>,
  genesisTime: bigint,
  accounts: DevnetAccounts,
  contracts: L1Contracts,
  planner: DeploymentPlanner,
): void {
  planOutputOracle(options, genesisTime, accounts, contracts, planner)
  planDisputeGames(options, accounts, contracts, planner)
  const { optimismPortal, systemConfig, superchainConfig } = contracts
  if (options.proposals === 'output-oracle') {
    planner.implement(
      'OptimismPortal',
      optimismPortal,
      encodeFunctionData({
        abi: parseAbi(['function initialize(address, address, address)']),
        args: [contracts.l2OutputOracle, systemConfig, superchainConfig],
      }),
    )
    return
  }
  const { proofMaturityDelay, gameFinalityDelay, gameType } = chainParameters
  planner.implement(
    'OptimismPortal2',
    optimismPortal,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address, address, address, uint32)']),
      args: [contracts.disputeGameFactory, systemConfig, superchainConfig, gameType],
    }),
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'uint256' }],
      [proofMaturityDelay, gameFinalityDelay],
    ),
  )
}

function planOutputOracle(
  { blockTime }: Pick<DevnetOptions, 'blockTime'>,
  genesisTime: bigint,
  { users, roles }: DevnetAccounts,
  { l2OutputOracle }: L1Contracts,
  { implement }: DeploymentPlanner,
): void {
  implement(
    'L2OutputOracle',
    l2OutputOracle,
    encodeFunctionData({
      abi: parseAbi([
        'function initialize(uint256 submissionInterval, uint256 l2BlockTime, uint256 startingBlockNumber, uint256 startingTimestamp, address proposer, address challenger, uint256 finalizationPeriod)',
      ]),
      args: [
        chainParameters.outputInterval,
        BigInt(blockTime),
        0n,
        genesisTime,
        roles.proposer.address,
        users[0]!.address,
        chainParameters.finalizationPeriod,
      ],
    }),
  )
}

function planDisputeGames(
  { l2ChainId }: Pick<DevnetOptions, 'l2ChainId'>,
  { users, roles }: DevnetAccounts,
  { disputeGameFactory, anchorStateRegistry }: L1Contracts,
  { create, implement, call }: DeploymentPlanner,
): void {
  const { gameType, gameDuration } = chainParameters
  implement(
    'DisputeGameFactory',
    disputeGameFactory,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address owner)']),
      args: [roles.deployer.address],
    }),
  )
  implement(
    'AnchorStateRegistry',
    anchorStateRegistry,
    encodeFunctionData({
      abi: parseAbi([
        'struct OutputRoot { bytes32 root; uint256 l2BlockNumber; }',
        'struct StartingAnchorRoot { uint32 gameType; OutputRoot outputRoot; }',
        'function initialize(StartingAnchorRoot[] roots)',
      ]),
      args: [[{ gameType, outputRoot: { root: noOutputRoot, l2BlockNumber: 0n } }]],
    }),
    encodeAbiParameters([{ type: 'address' }], [disputeGameFactory]),
  )
  const game = create(
    'TimedDisputeGame',
    encodeAbiParameters(
      [
        { type: 'uint32' },
        { type: 'uint64' },
        { type: 'address' },
        { type: 'address' },
        { type: 'uint256' },
      ],
      [gameType, gameDuration, users[0]!.address, anchorStateRegistry, BigInt(l2ChainId)],
    ),
  )
  call(
    disputeGameFactory,
    encodeFunctionData({
      abi: parseAbi(['function setImplementation(uint32 gameType, address implementation)']),
      args: [gameType, game],
    }),
    'set the dispute game',
  )
}

/** What OP Stack chains say of the root before the first proposal: any value but zero. */
const noOutputRoot: Hex = `0xdead${'0'.repeat(60)}`
