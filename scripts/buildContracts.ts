// Builds artifacts/contracts.json: our own Solidity compiled, and of @eth-optimism/contracts-bedrock the few
// kilobytes that a devnet needs. Neither the compiler nor that package is wanted at run time.
//
//   node scripts/buildContracts.ts

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hex } from '../src/base/hex.ts'
import {
  type ContractArtifact,
  type ContractArtifacts,
  contractArtifactsUrl,
  type StorageLocation,
} from '../src/devnet/genesis/contractArtifacts.ts'

const sourcesUrl = new URL('../contracts/', import.meta.url)
const require = createRequire(import.meta.url)
const bedrockPackage = '@eth-optimism/contracts-bedrock'
const bedrockUrl = new URL(`../node_modules/${bedrockPackage}/forge-artifacts/`, import.meta.url)

/** L1 contracts are deployed from creation code. Of a name that both sources have, ours is taken. */
const deployed = [
  'AnchorStateRegistry',
  'DisputeGameFactory',
  'L1CrossDomainMessenger',
  'L1ERC721Bridge',
  'L1StandardBridge',
  'L2OutputOracle',
  'OptimismMintableERC20Factory',
  'OptimismPortal',
  'OptimismPortal2',
  'ProtocolVersions',
  'Proxy',
  'ProxyAdmin',
  'SuperchainConfig',
  'SystemConfig',
  'TimedDisputeGame',
]

/** L2 contracts stand in genesis as runtime code. */
const predeployed = [
  'BaseFeeVault',
  'DeployerWhitelist',
  'EAS',
  'GasPriceOracle',
  'L1Block',
  'L1BlockNumber',
  'L1FeeVault',
  'L2CrossDomainMessenger',
  'L2ERC721Bridge',
  'L2StandardBridge',
  'L2ToL1MessagePasser',
  'LegacyMessagePasser',
  'OperatorFeeVault',
  'OptimismMintableERC20Factory',
  'OptimismMintableERC721Factory',
  'Proxy',
  'ProxyAdmin',
  'SchemaRegistry',
  'SequencerFeeVault',
  'WETH',
]

/** Syntax trees that declare the immutables of the predeploys; code refers to them by number. */
const immutableSources = [
  'FeeVault.sol/FeeVault.json',
  'OptimismMintableERC721Factory.sol/OptimismMintableERC721Factory.json',
  'EIP1271Verifier.sol/EIP1271Verifier.json',
  'draft-EIP712.sol/EIP712.0.8.19.json',
]

/** What a compiler says of a contract, in solc's and in forge's words alike. */
interface CompiledContract {
  readonly bytecode: { readonly object: string }
  readonly deployedBytecode: {
    readonly object: string
    readonly immutableReferences?: Record<string, { start: number; length: number }[]>
  }
  readonly storageLayout: {
    readonly storage: { label: string; slot: string; offset: number; type: string }[]
    readonly types: Record<string, { encoding: string; numberOfBytes: string }> | null
  }
}

build()

function build() {
  const sources = Object.fromEntries(
    readdirSync(sourcesUrl)
      .filter((name) => name.endsWith('.sol'))
      .sort()
      .map((name) => [name, readFileSync(new URL(name, sourcesUrl), 'utf8')]),
  )
  const inputHash = hashInputs(sources)
  if (isCurrent(inputHash)) {
    const now = new Date()
    utimesSync(contractArtifactsUrl, now, now)
    console.error('contracts are up to date')
    return
  }
  const own = compile(sources)
  const read = (name: string) => own[name] ?? readBedrock(name)
  const immutableNames = readImmutableNames()
  const contracts: Record<string, ContractArtifact> = {}
  for (const name of deployed) {
    contracts[name] = { creationCode: hex(read(name).bytecode.object) }
  }
  for (const name of predeployed) {
    const compiled = read(name)
    contracts[name] = {
      ...contracts[name],
      runtimeCode: hex(compiled.deployedBytecode.object),
      immutables: immutablesOf(compiled, immutableNames),
      storage: storageOf(compiled),
    }
  }
  const artifacts: ContractArtifacts = { inputHash, contracts, preinstalls: readPreinstalls() }
  mkdirSync(dirname(fileURLToPath(contractArtifactsUrl)), { recursive: true })
  writeFileSync(contractArtifactsUrl, `${JSON.stringify(artifacts)}\n`)
  console.error(`built ${Object.keys(contracts).length} contracts`)
}

function hashInputs(sources: Record<string, string>): string {
  const versions = ['solc', bedrockPackage].map((name) => require(`${name}/package.json`).version)
  const script = readFileSync(fileURLToPath(import.meta.url), 'utf8')
  return createHash('sha256')
    .update(JSON.stringify([sources, versions, script]))
    .digest('hex')
}

function isCurrent(inputHash: string): boolean {
  try {
    return JSON.parse(readFileSync(contractArtifactsUrl, 'utf8')).inputHash === inputHash
  } catch {
    return false
  }
}

function compile(sources: Record<string, string>): Record<string, CompiledContract> {
  const solc = require('solc') as { compile(input: string): string }
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: Object.fromEntries(
          Object.entries(sources).map(([name, content]) => [name, { content }]),
        ),
        settings: {
          // Runs on L2s of every fork: the oldest have no PUSH0.
          evmVersion: 'london',
          optimizer: { enabled: true, runs: 200 },
          metadata: { bytecodeHash: 'none', appendCBOR: false },
          outputSelection: {
            '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode', 'storageLayout'] },
          },
        },
      }),
    ),
  )
  const problems: { formattedMessage: string }[] = output.errors ?? []
  if (problems.length > 0) {
    throw new Error(problems.map((problem) => problem.formattedMessage).join('\n'))
  }
  const contracts: Record<string, CompiledContract> = {}
  for (const file of Object.values<Record<string, OwnOutput>>(output.contracts)) {
    for (const [name, { evm, storageLayout }] of Object.entries(file)) {
      contracts[name] = { ...evm, storageLayout }
    }
  }
  return contracts
}

interface OwnOutput {
  readonly evm: Pick<CompiledContract, 'bytecode' | 'deployedBytecode'>
  readonly storageLayout: CompiledContract['storageLayout']
}

function readBedrock(name: string): CompiledContract {
  return readJson(`${name}.sol/${name}.json`) as CompiledContract
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, bedrockUrl), 'utf8'))
}

function immutablesOf(
  compiled: CompiledContract,
  names: ReadonlyMap<string, string>,
): Record<string, number[]> {
  const references = Object.entries(compiled.deployedBytecode.immutableReferences ?? {})
  return Object.fromEntries(
    references.map(([id, places]) => {
      const name = names.get(id)
      if (name === undefined) throw new Error(`immutable ${id} is declared in none of the sources`)
      return [name, places.map(({ start }) => start)]
    }),
  )
}

function readImmutableNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const path of immutableSources) {
    visit((readJson(path) as { ast: unknown }).ast, (node) => {
      if (node['nodeType'] === 'VariableDeclaration' && node['mutability'] === 'immutable') {
        names.set(String(node['id']), String(node['name']))
      }
    })
  }
  return names
}

function storageOf({ storageLayout }: CompiledContract): Record<string, StorageLocation> {
  return Object.fromEntries(
    storageLayout.storage.flatMap(({ label, slot, offset, type }) => {
      const { encoding, numberOfBytes } = storageLayout.types![type]!
      const size = Number(numberOfBytes)
      if (encoding !== 'inplace' || size > 32 || label.startsWith('spacer_')) return []
      return [[label, { slot: Number(slot), offset, size }]]
    }),
  )
}

/** The library declares, for each, an address `X` and its runtime code `XCode`. */
function readPreinstalls(): ContractArtifacts['preinstalls'] {
  const addresses: Record<string, string> = {}
  const codes: Record<string, string> = {}
  visit((readJson('Preinstalls.sol/Preinstalls.0.8.15.json') as { ast: unknown }).ast, (node) => {
    const value = node['value'] as Record<string, unknown> | undefined
    if (node['nodeType'] !== 'VariableDeclaration' || value?.['nodeType'] !== 'Literal') return
    const name = String(node['name'])
    if (value['kind'] === 'hexString') codes[name] = String(value['hexValue'])
    else addresses[name] = String(value['value'])
  })
  return Object.fromEntries(
    Object.entries(codes).map(([codeName, code]) => {
      const name = codeName.replace(/(Template)?Code$/, '')
      const address = addresses[name]
      if (address === undefined) throw new Error(`preinstall ${name} has no address`)
      return [name, { address: hex(address), runtimeCode: hex(code) }]
    }),
  )
}

function visit(tree: unknown, see: (node: Record<string, unknown>) => void) {
  if (typeof tree !== 'object' || tree === null) return
  if (!Array.isArray(tree)) see(tree as Record<string, unknown>)
  for (const child of Object.values(tree)) visit(child, see)
}

function hex(text: string): Hex {
  const digits = text.replace(/^0x/, '').toLowerCase()
  if (!/^([0-9a-f]{2})+$/.test(digits)) throw new Error(`not hex: ${text.slice(0, 80)}`)
  return `0x${digits}`
}
