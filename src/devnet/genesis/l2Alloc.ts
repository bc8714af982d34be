import { encodeAbiParameters, keccak256, stringToHex } from 'viem'
import { bigIntToBytes } from '../../base/bytes.ts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { blockHashHistoryContract, predeploys } from '../../chain/addresses.ts'
import type { Fork } from '../../chain/forks.ts'
import { rulesOf } from '../../execution/chainConfig.ts'
import type { DevnetOptions, L1Contracts } from '../options.ts'
import { chainParameters } from './chainParameters.ts'
import type { ContractArtifact, ContractArtifacts } from './contractArtifacts.ts'

/** An account of `genesis.json`, as op-geth and op-reth read it. */
export interface GenesisAccount {
  readonly balance: Hex
  readonly nonce?: Hex
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hash, Hash>>
}

export type GenesisAlloc = Readonly<Record<Address, GenesisAccount>>

/**
 * The accounts that an OP Stack chain is born with: precompiles, predeploys behind their proxies, preinstalls,
 * and funded users.
 *
 * Storage is set where an initializer would have put it, by the compiler's own storage layout.
 *
 * @param owner - Owns the predeploys, and takes the fees.
 * @see https://specs.optimism.io/protocol/predeploys.html
 * @see https://specs.optimism.io/protocol/preinstalls.html
 */
export function createL2Alloc(
  options: Pick<DevnetOptions, 'fork' | 'l1ChainId' | 'l2ChainId'>,
  l1: L1Contracts,
  owner: Address,
  funded: readonly Address[],
  artifacts: ContractArtifacts,
): GenesisAlloc {
  const alloc: Record<Address, GenesisAccount> = {}
  // A precompile without balance would be an empty account that the first call creates.
  for (let i = 0n; i < 256n; i++) alloc[addressOf(i)] = { balance: '0x1' }
  Object.assign(alloc, proxies(artifacts.contracts['Proxy']!))
  for (const predeploy of describePredeploys(options, l1, owner)) {
    install(alloc, predeploy, artifacts.contracts[predeploy.name]!)
  }
  for (const { address, runtimeCode } of Object.values(artifacts.preinstalls)) {
    alloc[address] = { balance: '0x0', nonce: '0x1', code: runtimeCode }
  }
  const permit2 = artifacts.preinstalls['Permit2']!
  alloc[permit2.address] = {
    ...alloc[permit2.address]!,
    code: permit2Code(permit2.runtimeCode, permit2.address, options.l2ChainId),
  }
  alloc[blockHashHistoryContract] = { balance: '0x0', nonce: '0x1', code: blockHashHistoryCode }
  // Deployers of the two system contracts, in case a fork would deploy them again.
  for (const deployer of systemContractDeployers) alloc[deployer] = { balance: '0x0', nonce: '0x1' }
  for (const address of funded)
    alloc[address] = { balance: encodeQuantity(chainParameters.accountBalance) }
  return alloc
}

/** A contract in the predeploy namespace, with the values of its variables. */
interface Predeploy {
  readonly name: string
  readonly address: Address
  /** False puts the code at the address itself. */
  readonly proxied: boolean
  /** By name of the immutable. */
  readonly immutables?: Readonly<Record<string, bigint>>
  /** By name of the variable, in the proxy. */
  readonly storage?: Readonly<Record<string, bigint>>
  /** The same in the implementation: initialized, so that nobody else does it. */
  readonly implementationStorage?: Readonly<Record<string, bigint>>
}

function describePredeploys(
  { fork, l1ChainId, l2ChainId }: Pick<DevnetOptions, 'fork' | 'l1ChainId' | 'l2ChainId'>,
  l1: L1Contracts,
  owner: Address,
): Predeploy[] {
  const initialized = { _initialized: 1n }
  const vault = {
    immutables: {
      RECIPIENT: BigInt(owner),
      MIN_WITHDRAWAL_AMOUNT: 0n,
      WITHDRAWAL_NETWORK: withdrawalOnL2,
    },
  }
  const proxied = (
    name: string,
    address: Address,
    rest: Omit<Predeploy, 'name' | 'address' | 'proxied'> = {},
  ): Predeploy => ({ name, address, proxied: true, ...rest })
  const initializable = (name: string, address: Address, storage: Record<string, bigint>) =>
    proxied(name, address, {
      storage: { ...initialized, ...storage },
      implementationStorage: initialized,
    })
  return [
    proxied('LegacyMessagePasser', predeploys.legacyMessagePasser),
    proxied('DeployerWhitelist', predeploys.deployerWhitelist),
    { name: 'WETH', address: predeploys.weth, proxied: false },
    initializable('L2CrossDomainMessenger', predeploys.l2CrossDomainMessenger, {
      otherMessenger: BigInt(l1.l1CrossDomainMessenger),
      xDomainMsgSender: noCrossDomainSender,
    }),
    proxied('GasPriceOracle', predeploys.gasPriceOracle, { storage: gasPriceOracleFlags(fork) }),
    initializable('L2StandardBridge', predeploys.l2StandardBridge, {
      messenger: BigInt(predeploys.l2CrossDomainMessenger),
      otherBridge: BigInt(l1.l1StandardBridge),
    }),
    proxied('SequencerFeeVault', predeploys.sequencerFeeVault, vault),
    initializable('OptimismMintableERC20Factory', predeploys.optimismMintableErc20Factory, {
      bridge: BigInt(predeploys.l2StandardBridge),
    }),
    proxied('L1BlockNumber', predeploys.l1BlockNumber),
    initializable('L2ERC721Bridge', predeploys.l2Erc721Bridge, {
      messenger: BigInt(predeploys.l2CrossDomainMessenger),
      otherBridge: BigInt(l1.l1ERC721Bridge),
    }),
    proxied('L1Block', predeploys.l1Block),
    proxied('L2ToL1MessagePasser', predeploys.l2ToL1MessagePasser),
    proxied('OptimismMintableERC721Factory', predeploys.optimismMintableErc721Factory, {
      immutables: { BRIDGE: BigInt(predeploys.l2Erc721Bridge), REMOTE_CHAIN_ID: BigInt(l1ChainId) },
    }),
    proxied('ProxyAdmin', predeploys.proxyAdmin, {
      storage: { _owner: BigInt(owner) },
      implementationStorage: { _owner: BigInt(owner) },
    }),
    proxied('BaseFeeVault', predeploys.baseFeeVault, vault),
    proxied('L1FeeVault', predeploys.l1FeeVault, vault),
    proxied('OperatorFeeVault', predeploys.operatorFeeVault, {
      storage: { recipient: BigInt(owner), withdrawalNetwork: withdrawalOnL2 },
    }),
    proxied('SchemaRegistry', predeploys.schemaRegistry),
    proxied('EAS', predeploys.eas, { immutables: easImmutables(l2ChainId) }),
  ]
}

const withdrawalOnL2 = 1n
/** What the messenger holds while it relays nothing. */
const noCrossDomainSender = 0xdeadn

/** Which formulas the oracle goes by; see `contracts/GasPriceOracle.sol`. */
function gasPriceOracleFlags(fork: Fork): Record<string, bigint> {
  const since = {
    isEcotone: 'ecotone',
    isFjord: 'fjord',
    isIsthmus: 'isthmus',
    isJovian: 'jovian',
  } as const
  const rules = rulesOf(fork)
  const flags = Object.entries(since).filter(([, first]) => rules.isActive(first))
  return Object.fromEntries(flags.map(([flag]) => [flag, 1n]))
}

// The predeploy namespace: 2,048 addresses, nearly all of them proxies.
const namespaceSize = 2048n
const namespaceStart = BigInt(predeploys.legacyMessagePasser)
const implementationStart = 0xc0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d30000n
const governanceToken = '0x4200000000000000000000000000000000000042'

// EIP-1967
const implementationSlot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
const adminSlot = '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103'

function proxies(proxy: ContractArtifact): Record<Address, GenesisAccount> {
  const account = {
    balance: '0x0' as Hex,
    code: proxy.runtimeCode!,
    storage: { [adminSlot]: word(BigInt(predeploys.proxyAdmin)) },
  }
  const addresses = Array.from({ length: Number(namespaceSize) }, (_, i) =>
    addressOf(namespaceStart + BigInt(i)),
  )
  const notProxied: readonly Address[] = [predeploys.weth, governanceToken]
  return Object.fromEntries(
    addresses.filter((address) => !notProxied.includes(address)).map((it) => [it, account]),
  )
}

function install(
  alloc: Record<Address, GenesisAccount>,
  predeploy: Predeploy,
  artifact: ContractArtifact,
): void {
  const code = setImmutables(artifact, predeploy.immutables ?? {})
  if (!predeploy.proxied) {
    alloc[predeploy.address] = { balance: '0x0', code }
    return
  }
  const implementation = addressOf(
    implementationStart + (BigInt(predeploy.address) - namespaceStart),
  )
  const proxy = alloc[predeploy.address]!
  alloc[predeploy.address] = {
    ...proxy,
    storage: {
      ...proxy.storage,
      [implementationSlot]: word(BigInt(implementation)),
      ...layOutStorage(artifact, predeploy.storage ?? {}),
    },
  }
  const own = layOutStorage(artifact, predeploy.implementationStorage ?? {})
  alloc[implementation] = { balance: '0x0', code, storage: own }
}

function setImmutables(artifact: ContractArtifact, values: Readonly<Record<string, bigint>>): Hex {
  const code = hexToBytes(artifact.runtimeCode!)
  for (const [name, offsets] of Object.entries(artifact.immutables!)) {
    const value = bigIntToBytes(values[name]!, 32)
    for (const offset of offsets) code.set(value, offset)
  }
  return bytesToHex(code)
}

/** Variables into slots, several to a slot where the compiler packed them. */
function layOutStorage(
  artifact: ContractArtifact,
  values: Readonly<Record<string, bigint>>,
): Record<Hash, Hash> {
  const slots = new Map<number, bigint>()
  for (const [name, value] of Object.entries(values)) {
    const { slot, offset } = artifact.storage![name]!
    slots.set(slot, (slots.get(slot) ?? 0n) | (value << BigInt(8 * offset)))
  }
  const filled = [...slots].filter(([, value]) => value !== 0n)
  return Object.fromEntries(filled.map(([slot, value]) => [word(BigInt(slot)), word(value)]))
}

/** What the constructor of EAS 1.3.0 would have computed, for the address that users call it at. */
function easImmutables(chainId: number): Record<string, bigint> {
  const typeHash = keccak256(
    stringToHex(
      'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
    ),
  )
  const nameHash = keccak256(stringToHex('EAS'))
  const versionHash = keccak256(stringToHex('1.3.0'))
  const domain = encodeAbiParameters(
    [
      { type: 'bytes32' },
      { type: 'bytes32' },
      { type: 'bytes32' },
      { type: 'uint256' },
      { type: 'address' },
    ],
    [typeHash, nameHash, versionHash, BigInt(chainId), predeploys.eas],
  )
  return {
    _TYPE_HASH: BigInt(typeHash),
    _HASHED_NAME: BigInt(nameHash),
    _HASHED_VERSION: BigInt(versionHash),
    _CACHED_CHAIN_ID: BigInt(chainId),
    _CACHED_THIS: BigInt(predeploys.eas),
    _CACHED_DOMAIN_SEPARATOR: BigInt(keccak256(domain)),
    _name: BigInt(stringToHex('EAS', { size: 32 })),
  }
}

/** Permit2's code is a template with room for the chain id and for the domain separator that follows from it. */
function permit2Code(template: Hex, address: Address, chainId: number): Hex {
  const typeHash = keccak256(
    stringToHex('EIP712Domain(string name,uint256 chainId,address verifyingContract)'),
  )
  const domain = encodeAbiParameters(
    [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }],
    [typeHash, keccak256(stringToHex('Permit2')), BigInt(chainId), address],
  )
  const code = hexToBytes(template)
  code.set(bigIntToBytes(BigInt(chainId), 32), 6_945)
  code.set(hexToBytes(keccak256(domain)), 6_983)
  return bytesToHex(code)
}

/** Runtime code as EIP-2935 publishes it. */
const blockHashHistoryCode: Hex =
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500'

/** The keyless senders of EIP-4788 and EIP-2935. */
const systemContractDeployers: readonly Address[] = [
  '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
  '0x3462413af4609098e1e27a490f554f260213d685',
]

function addressOf(value: bigint): Address {
  return bytesToHex(bigIntToBytes(value, 20))
}

function word(value: bigint): Hash {
  return bytesToHex(bigIntToBytes(value, 32))
}
