import { encodeAbiParameters, encodeFunctionData, getContractAddress, parseAbi } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import { concatBytes } from '../../base/bytes.ts'
import { TaktError } from '../../base/errors.ts'
import {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  zeroHash,
} from '../../base/hex.ts'
import type { DevnetAccounts } from '../accounts.ts'
import type { DevnetOptions, L1Contracts } from '../options.ts'
import { batchInboxAddress, chainParameters, hasEcotoneFees } from './chainParameters.ts'
import type { ContractArtifacts } from './contractArtifacts.ts'
import { planL1Proposals } from './l1Proposals.ts'

/** What is deployed on L1, in order. Addresses follow from the order alone, so they are known beforehand. */
export interface L1DeploymentPlan {
  readonly contracts: L1Contracts
  /** All from the deployer, from nonce 0 on. */
  readonly transactions: readonly PlannedTransaction[]
}

export interface PlannedTransaction {
  /** `undefined` creates a contract. */
  readonly to: Address | undefined
  readonly data: Hex
  /** For people, when it fails. */
  readonly label: string
}

/**
 * Plans the contracts of one rollup: every one an implementation behind a proxy that the ProxyAdmin owns.
 *
 * @param genesisTime - Timestamp of the L2 genesis block, and at latest of the L1 block that deploys.
 */
export function planL1Deployment(
  options: Pick<DevnetOptions, 'fork' | 'blockTime' | 'l2ChainId' | 'gasLimit' | 'proposals'>,
  genesisTime: bigint,
  accounts: DevnetAccounts,
  { contracts: artifacts }: ContractArtifacts,
): L1DeploymentPlan {
  const { roles } = accounts
  const deployer = roles.deployer.address
  const owner = accounts.users[0]!.address
  const transactions: PlannedTransaction[] = []

  const create = (name: string, args: Hex = '0x'): Address => {
    const nonce = BigInt(transactions.length)
    const data = concatHex(artifacts[name]!.creationCode!, args)
    transactions.push({ to: undefined, data, label: `create ${name}` })
    return getContractAddress({ from: deployer, nonce }).toLowerCase() as Address
  }
  const call = (to: Address, data: Hex, label: string) => {
    transactions.push({ to, data, label })
  }

  const proxyAdmin = create('ProxyAdmin', addressArgument(deployer))
  const createProxy = () => create('Proxy', addressArgument(proxyAdmin))
  const contracts: L1Contracts = {
    optimismPortal: createProxy(),
    systemConfig: createProxy(),
    l1CrossDomainMessenger: createProxy(),
    l1StandardBridge: createProxy(),
    l1ERC721Bridge: createProxy(),
    optimismMintableERC20Factory: createProxy(),
    l2OutputOracle: createProxy(),
    disputeGameFactory: createProxy(),
    anchorStateRegistry: createProxy(),
    superchainConfig: createProxy(),
    protocolVersions: createProxy(),
    proxyAdmin,
  }
  const implement = (name: string, proxy: Address, initialize: Hex, constructorArgs?: Hex) => {
    const args = [proxy, create(name, constructorArgs), initialize] as const
    const data = encodeFunctionData({ abi: proxyAdminAbi, functionName: 'upgradeAndCall', args })
    call(proxyAdmin, data, `initialize ${name}`)
  }
  implementAll(options, accounts, contracts, implement)
  planL1Proposals(options, genesisTime, accounts, contracts, { create, implement, call })

  const { systemConfig, protocolVersions, disputeGameFactory } = contracts
  if (!hasEcotoneFees(options.fork)) {
    const args = [chainParameters.bedrockOverhead, chainParameters.bedrockScalar] as const
    const data = encodeFunctionData({ abi: systemConfigAbi, functionName: 'setGasConfig', args })
    call(systemConfig, data, 'set the L1 fee')
  }
  for (const contract of [systemConfig, protocolVersions, disputeGameFactory, proxyAdmin]) {
    const args = [owner] as const
    const data = encodeFunctionData({ abi: ownableAbi, functionName: 'transferOwnership', args })
    call(contract, data, `hand ${contract} to ${owner}`)
  }
  return { contracts, transactions }
}

/** What carries the plan out. */
export interface L1Deployer {
  /** Sends all at once; the answers are transaction hashes in order. */
  sendRawTransactions(transactions: readonly Hex[]): Promise<readonly Hash[]>
  /** Mines one block. */
  mine(): Promise<void>
  /** True when the mined transaction did what it should. */
  succeeded(hash: Hash): Promise<boolean>
}

/**
 * Deploys the plan in one block.
 *
 * @throws {TaktError} `L1_DEPLOYMENT` naming the transaction that failed.
 */
export async function deployL1Contracts(
  plan: L1DeploymentPlan,
  chainId: number,
  signer: LocalAccount,
  l1: L1Deployer,
): Promise<void> {
  const raw = await Promise.all(
    plan.transactions.map(({ to, data }, nonce) =>
      signer.signTransaction({
        type: 'eip1559',
        chainId,
        nonce,
        ...(to !== undefined && { to }),
        data,
        gas: deployGas,
        maxFeePerGas: deployFeeWei,
        maxPriorityFeePerGas: deployFeeWei,
      }),
    ),
  )
  const hashes = await l1.sendRawTransactions(raw)
  await l1.mine()
  const outcomes = await Promise.all(hashes.map((hash) => l1.succeeded(hash)))
  const failed = outcomes.indexOf(false)
  if (failed >= 0) {
    const { label } = plan.transactions[failed]!
    throw new TaktError('L1_DEPLOYMENT', `deploying on L1 failed: could not ${label}`)
  }
}

// Enough for the largest contract; all together stay below the block's gas limit.
const deployGas = 6_000_000n
const deployFeeWei = 2_000_000_000n

function implementAll(
  { l2ChainId, gasLimit }: Pick<DevnetOptions, 'l2ChainId' | 'gasLimit'>,
  { users, roles }: DevnetAccounts,
  contracts: L1Contracts,
  implement: (name: string, proxy: Address, initialize: Hex) => void,
): void {
  const { superchainConfig, systemConfig, optimismPortal, l1CrossDomainMessenger } = contracts
  const owner = users[0]!.address
  const deployer = roles.deployer.address

  implement(
    'SuperchainConfig',
    superchainConfig,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address guardian, bool paused)']),
      args: [owner, false],
    }),
  )
  implement(
    'ProtocolVersions',
    contracts.protocolVersions,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address owner, uint256 required, uint256 recommended)']),
      args: [deployer, 0n, 0n],
    }),
  )
  implement(
    'SystemConfig',
    systemConfig,
    encodeFunctionData({
      abi: systemConfigAbi,
      functionName: 'initialize',
      args: [
        deployer,
        chainParameters.baseFeeScalar,
        chainParameters.blobBaseFeeScalar,
        `${zeroHash.slice(0, 26)}${roles.batcher.address.slice(2)}` as Hash,
        BigInt(gasLimit),
        roles.unsafeBlockSigner.address,
        depositFeeMarket,
        batchInboxAddress(l2ChainId),
        contracts,
        BigInt(l2ChainId),
        superchainConfig,
      ],
    }),
  )
  const threeAddresses = parseAbi(['function initialize(address, address, address)'])
  implement(
    'L1CrossDomainMessenger',
    l1CrossDomainMessenger,
    encodeFunctionData({
      abi: threeAddresses,
      args: [superchainConfig, optimismPortal, systemConfig],
    }),
  )
  implement(
    'L1StandardBridge',
    contracts.l1StandardBridge,
    encodeFunctionData({
      abi: threeAddresses,
      args: [l1CrossDomainMessenger, superchainConfig, systemConfig],
    }),
  )
  implement(
    'L1ERC721Bridge',
    contracts.l1ERC721Bridge,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address messenger, address superchainConfig)']),
      args: [l1CrossDomainMessenger, superchainConfig],
    }),
  )
  implement(
    'OptimismMintableERC20Factory',
    contracts.optimismMintableERC20Factory,
    encodeFunctionData({
      abi: parseAbi(['function initialize(address bridge)']),
      args: [contracts.l1StandardBridge],
    }),
  )
}

/** The market for the gas of deposits, as every OP Stack chain sets it. */
const depositFeeMarket = {
  maxResourceLimit: 20_000_000,
  elasticityMultiplier: 10,
  baseFeeMaxChangeDenominator: 8,
  minimumBaseFee: 1_000_000_000,
  systemTxMaxGas: 1_000_000,
  maximumBaseFee: 2n ** 128n - 1n,
}

const proxyAdminAbi = parseAbi([
  'function upgradeAndCall(address proxy, address implementation, bytes data) payable',
])

const ownableAbi = parseAbi(['function transferOwnership(address newOwner)'])

const systemConfigAbi = parseAbi([
  'struct ResourceConfig { uint32 maxResourceLimit; uint8 elasticityMultiplier; uint8 baseFeeMaxChangeDenominator; uint32 minimumBaseFee; uint32 systemTxMaxGas; uint128 maximumBaseFee; }',
  'struct Addresses { address l1CrossDomainMessenger; address l1ERC721Bridge; address l1StandardBridge; address optimismPortal; address optimismMintableERC20Factory; }',
  'function initialize(address owner, uint32 basefeeScalar, uint32 blobbasefeeScalar, bytes32 batcherHash, uint64 gasLimit, address unsafeBlockSigner, ResourceConfig config, address batchInbox, Addresses contracts, uint256 l2ChainId, address superchainConfig)',
  'function setGasConfig(uint256 overhead, uint256 scalar)',
])

function addressArgument(address: Address): Hex {
  return encodeAbiParameters([{ type: 'address' }], [address])
}

function concatHex(code: Hex, args: Hex): Hex {
  return bytesToHex(concatBytes(hexToBytes(code), hexToBytes(args)))
}
