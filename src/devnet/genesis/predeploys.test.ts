import { createPublicClient, domainSeparator, http, type PublicClient, parseAbi } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Address, bytesToHex, type Hash, hexToBytes, zeroHash } from '../../base/hex.ts'
import { l1InfoDepositor, predeploys } from '../../chain/addresses.ts'
import type { Fork } from '../../chain/forks.ts'
import { rulesOf } from '../../execution/chainConfig.ts'
import { readFeeParameters } from '../../execution/fees/feeParameters.ts'
import { operatorFee } from '../../execution/fees/operatorFee.ts'
import { fastLzLength } from '../../protocol/fastLz.ts'
import { encodeL1Attributes, type L1Attributes } from '../../protocol/l1Attributes.ts'
import { fc } from '../../testing/seededCheck.ts'
import { startTestL1 } from '../../testing/startTestL1.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../testing/vectors.ts'
import { deriveDevnetAccounts } from '../accounts.ts'
import type { DevnetL1 } from '../l1/l1.ts'
import { defaultDevnetOptions } from '../options.ts'
import { loadContractArtifacts } from './contractArtifacts.ts'
import { planL1Deployment } from './l1Deployment.ts'
import { createL2Alloc, type GenesisAlloc } from './l2Alloc.ts'

const accounts = deriveDevnetAccounts(3)
const owner = accounts.users[0]!.address
const artifacts = await loadContractArtifacts()
const { contracts } = planL1Deployment(defaultDevnetOptions, 0n, accounts, artifacts)

function allocOf(fork: Fork): GenesisAlloc {
  const users = accounts.users.map(({ address }) => address)
  return createL2Alloc({ ...defaultDevnetOptions, fork }, contracts, owner, users, artifacts)
}

// Any EVM serves to try contracts on; this one answers JSON-RPC.
let evm: DevnetL1
let reader: PublicClient
/** Of the chain as each test finds it. */
let genesis: unknown

beforeAll(async () => {
  evm = await startTestL1({ chainId: defaultDevnetOptions.l2ChainId })
  reader = createPublicClient({ transport: http(evm.rpcUrl) })
  await evm.request('anvil_autoImpersonateAccount', [true])
  await evm.request('anvil_setBalance', [l1InfoDepositor, '0xffffffffffffffff'])
  await install(allocOf('karst'))
  genesis = await evm.request('evm_snapshot', [])
})
beforeEach(async () => {
  await evm.request('evm_revert', [genesis])
  genesis = await evm.request('evm_snapshot', [])
})
afterAll(() => evm?.close())

/** Puts the contracts of the alloc in place, less the thousands of empty proxies. */
async function install(alloc: GenesisAlloc, only?: Address) {
  if (only !== undefined) await evm.request('anvil_setStorageAt', [only, zeroHash, zeroHash])
  const accountsToSet = Object.entries(alloc) as [Address, GenesisAlloc[Address]][]
  for (const [address, { code, storage = {} }] of accountsToSet) {
    const isEmptyProxy = code === artifacts.contracts['Proxy']!.runtimeCode && isUnused(storage)
    if (code === undefined || isEmptyProxy || (only !== undefined && only !== address)) continue
    await evm.request('anvil_setCode', [address, code])
    for (const [slot, value] of Object.entries(storage)) {
      await evm.request('anvil_setStorageAt', [address, slot, value])
    }
  }
}

function isUnused(storage: Readonly<Record<Hash, Hash>>) {
  return Object.keys(storage).length === 1
}

async function sendAsDepositor(data: Uint8Array) {
  const call = { from: l1InfoDepositor, to: predeploys.l1Block, data: bytesToHex(data) }
  const hash = await evm.request('eth_sendTransaction', [{ ...call, gas: '0xf4240' }])
  await evm.mine(undefined)
  const receipt = await reader.getTransactionReceipt({ hash: hash as Hash })
  expect(receipt.status).toBe('success')
}

function view(address: Address, signature: string, args: readonly unknown[] = []) {
  const abi = parseAbi([`function ${signature}`] as readonly string[])
  const [, functionName] = /^(\w+)\(/.exec(signature)!
  return reader.readContract({
    address,
    abi,
    functionName: functionName as never,
    args: args as never,
  }) as Promise<unknown>
}

const attributes: L1Attributes = {
  number: 0x1122334455667788n,
  timestamp: 0x2233445566778899n,
  baseFee: 1_000_000_007n,
  hash: `0x${'ab'.repeat(32)}`,
  sequenceNumber: 0x33n,
  batcherAddress: `0x${'cd'.repeat(20)}`,
  overhead: `0x${'11'.padStart(64, '0')}`,
  scalar: `0x${'22'.padStart(64, '0')}`,
  baseFeeScalar: 0xaabbccdd,
  blobBaseFeeScalar: 0x11223344,
  blobBaseFee: 2n ** 200n,
  operatorFeeScalar: 0x55667788,
  operatorFeeConstant: 0x99aabbccddeeff00n,
  daFootprintGasScalar: 0x1234,
}

describe('the L1Block predeploy', () => {
  test('reads the packed calldata of Jovian into the slots that the engine reads', async () => {
    await sendAsDepositor(encodeL1Attributes('jovian', attributes))
    const l1Block = predeploys.l1Block
    expect(await view(l1Block, 'number() view returns (uint64)')).toBe(attributes.number)
    expect(await view(l1Block, 'timestamp() view returns (uint64)')).toBe(attributes.timestamp)
    expect(await view(l1Block, 'hash() view returns (bytes32)')).toBe(attributes.hash)
    expect(await view(l1Block, 'sequenceNumber() view returns (uint64)')).toBe(0x33n)
    expect(await view(l1Block, 'batcherHash() view returns (bytes32)')).toBe(
      `${zeroHash.slice(0, 26)}${attributes.batcherAddress.slice(2)}`,
    )
    const slots = [1, 3, 5, 6, 7, 8].map(
      (slot) => `0x${slot.toString(16).padStart(64, '0')}` as const,
    )
    const words = await Promise.all(
      slots.map(async (slot) => (await reader.getStorageAt({ address: l1Block, slot }))!),
    )
    const read = (_: Address, slot: Hash) => hexToBytes(words[slots.indexOf(slot)]!)
    const parameters = readFeeParameters(read, rulesOf('jovian'))
    expect(parameters).toMatchObject({
      l1BaseFee: attributes.baseFee,
      l1: {
        baseFeeScalar: BigInt(attributes.baseFeeScalar),
        blobBaseFee: attributes.blobBaseFee,
        blobBaseFeeScalar: BigInt(attributes.blobBaseFeeScalar),
      },
      operator: {
        scalar: BigInt(attributes.operatorFeeScalar),
        constant: attributes.operatorFeeConstant,
      },
      daFootprintGasScalar: BigInt(attributes.daFootprintGasScalar),
    })
  })

  test('reads the calldata of Isthmus and leaves the DA footprint scalar alone', async () => {
    await sendAsDepositor(encodeL1Attributes('jovian', attributes))
    const changed = { ...attributes, operatorFeeScalar: 5, operatorFeeConstant: 6n }
    await sendAsDepositor(encodeL1Attributes('isthmus', changed))
    const { l1Block } = predeploys
    expect(await view(l1Block, 'operatorFeeScalar() view returns (uint32)')).toBe(5)
    expect(await view(l1Block, 'operatorFeeConstant() view returns (uint64)')).toBe(6n)
    expect(await view(l1Block, 'daFootprintGasScalar() view returns (uint16)')).toBe(0x1234)
  })

  test('reads the calldata of Ecotone', async () => {
    await sendAsDepositor(encodeL1Attributes('ecotone', { ...attributes, baseFeeScalar: 1 }))
    expect(await view(predeploys.l1Block, 'baseFeeScalar() view returns (uint32)')).toBe(1)
  })

  test('reads the calldata of Bedrock', async () => {
    await sendAsDepositor(encodeL1Attributes('bedrock', { ...attributes, number: 7n }))
    const { l1Block } = predeploys
    expect(await view(l1Block, 'number() view returns (uint64)')).toBe(7n)
    expect(await view(l1Block, 'l1FeeOverhead() view returns (uint256)')).toBe(0x11n)
    expect(await view(l1Block, 'l1FeeScalar() view returns (uint256)')).toBe(0x22n)
  })

  test('listens to the depositor account alone', async () => {
    const call = reader.call({
      account: owner,
      to: predeploys.l1Block,
      data: bytesToHex(encodeL1Attributes('jovian', attributes)),
    })
    await expect(call).rejects.toThrow('0x3cc50b45')
  })
})

describe('the GasPriceOracle predeploy', () => {
  // With these scalars the fee in wei is the estimated size in millionths of a byte.
  const legible = {
    ...attributes,
    baseFee: 62_500n,
    baseFeeScalar: 1_000_000,
    blobBaseFeeScalar: 0,
  }
  const oracle = predeploys.gasPriceOracle
  const l1Fee = (data: Uint8Array) =>
    view(oracle, 'getL1Fee(bytes) view returns (uint256)', [bytesToHex(data)])
  const fjordSize = (data: Uint8Array) => {
    const estimate = -42_585_600 + 836_500 * (fastLzLength(data) + 68)
    return BigInt(Math.max(100_000_000, estimate))
  }

  beforeEach(() => sendAsDepositor(encodeL1Attributes('jovian', legible)))

  test.skipIf(!haveVectors)(`sizes the published FastLZ inputs${vectorsNote}`, async () => {
    const { cases } = readVectorJson<{ fastlz: { cases: { input: string; expected: number }[] } }>(
      'codec/l1_fee.json',
    ).fastlz
    for (const { input, expected } of cases) {
      expect(fastLzLength(hexToBytes(input))).toBe(expected)
      expect(await l1Fee(hexToBytes(input))).toBe(fjordSize(hexToBytes(input)))
    }
  })

  test('sizes data as the execution engine does', async () => {
    const bytes = fc.array(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 600 })).map(repeated),
        fc.constantFrom(...samples),
      ),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (parts) => {
        const data = Uint8Array.from(parts.flatMap((part) => [...part]))
        expect(await l1Fee(data)).toBe(fjordSize(data))
      }),
      { numRuns: 60 },
    )
  })

  test('charges the operator fee that the execution engine charges', async () => {
    const parameters = {
      operator: { scalar: 0x55667788n, constant: attributes.operatorFeeConstant },
    } as Parameters<typeof operatorFee>[1]
    const fee = await view(oracle, 'getOperatorFee(uint256) view returns (uint256)', [21_000n])
    expect(fee).toBe(operatorFee(21_000n, parameters, rulesOf('karst')))
  })

  test('bounds the fee of incompressible data from above', async () => {
    const data = samples[2]!
    const bound = await view(oracle, 'getL1FeeUpperBound(uint256) view returns (uint256)', [
      BigInt(data.length),
    ])
    expect(bound).toBeGreaterThanOrEqual((await l1Fee(data)) as bigint)
  })

  test.each<[Fork, boolean[]]>([
    ['delta', [false, false, false, false]],
    ['ecotone', [true, false, false, false]],
    ['holocene', [true, true, false, false]],
    ['isthmus', [true, true, true, false]],
    ['karst', [true, true, true, true]],
  ])('knows at genesis that the chain starts with %s', async (fork, expected) => {
    await install(allocOf(fork), oracle)
    const flags = ['isEcotone', 'isFjord', 'isIsthmus', 'isJovian']
    for (const [index, flag] of flags.entries()) {
      expect(await view(oracle, `${flag}() view returns (bool)`)).toBe(expected[index])
    }
  })

  test('charges by calldata gas before Fjord', async () => {
    await install(allocOf('ecotone'), oracle)
    const gas = BigInt(4 + 16 + 16 + 68 * 16)
    expect(await l1Fee(Uint8Array.of(0, 1, 2))).toBe((gas * 10n ** 12n) / 16_000_000n)

    await install(allocOf('canyon'), oracle)
    await sendAsDepositor(encodeL1Attributes('bedrock', legible))
    expect(await l1Fee(Uint8Array.of(0, 1, 2))).toBe(((gas + 0x11n) * 62_500n * 0x22n) / 1_000_000n)
  })
})

describe('the other predeploys', () => {
  test('know their counterparts on L1', async () => {
    const l2ToL1 = [
      [predeploys.l2CrossDomainMessenger, 'otherMessenger', contracts.l1CrossDomainMessenger],
      [predeploys.l2StandardBridge, 'otherBridge', contracts.l1StandardBridge],
      [predeploys.l2Erc721Bridge, 'otherBridge', contracts.l1ERC721Bridge],
      [predeploys.optimismMintableErc20Factory, 'bridge', predeploys.l2StandardBridge],
      [predeploys.optimismMintableErc721Factory, 'BRIDGE', predeploys.l2Erc721Bridge],
      [predeploys.proxyAdmin, 'owner', owner],
      [predeploys.sequencerFeeVault, 'RECIPIENT', owner],
      [predeploys.operatorFeeVault, 'RECIPIENT', owner],
    ] as const
    for (const [address, getter, expected] of l2ToL1) {
      const found = await view(address, `${getter}() view returns (address)`)
      expect(String(found).toLowerCase()).toBe(expected)
    }
  })

  test('cannot be initialized by a stranger, nor can their implementations', async () => {
    const implementation = '0xc0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d30010'
    for (const address of [predeploys.l2StandardBridge, implementation] as const) {
      const abi = parseAbi(['function initialize(address)'])
      const args = [owner] as const
      const attempt = reader.simulateContract({ address, abi, functionName: 'initialize', args })
      await expect(attempt).rejects.toThrow('already initialized')
    }
  })

  test('have the domain separators of this chain', async () => {
    const separator = (address: Address, getter: string) =>
      view(address, `${getter}() view returns (bytes32)`)
    const permit2 = artifacts.preinstalls['Permit2']!.address
    const chainId = defaultDevnetOptions.l2ChainId
    expect(await separator(predeploys.eas, 'getDomainSeparator')).toBe(
      domainSeparator({
        domain: { name: 'EAS', version: '1.3.0', chainId, verifyingContract: predeploys.eas },
      }),
    )
    expect(await separator(permit2, 'DOMAIN_SEPARATOR')).toBe(
      domainSeparator({ domain: { name: 'Permit2', chainId, verifyingContract: permit2 } }),
    )
  })

  test('name the wrapped token after ether', async () => {
    expect(await view(predeploys.weth, 'name() view returns (string)')).toBe('Wrapped Ether')
    expect(await view(predeploys.weth, 'symbol() view returns (string)')).toBe('WETH')
  })

  test('pay the operator fees out', async () => {
    const vault = predeploys.operatorFeeVault
    const recipient = '0x00000000000000000000000000000000000beef0'
    await evm.request('anvil_setStorageAt', [
      vault,
      '0x2',
      `0x${`01${recipient.slice(2)}`.padStart(64, '0')}`,
    ])
    await evm.request('anvil_setBalance', [vault, '0x1234'])
    const call = { from: l1InfoDepositor, to: vault, data: '0x3ccfd60b', gas: '0x30d40' }
    await evm.request('eth_sendTransaction', [call])
    await evm.mine(undefined)
    expect(await reader.getBalance({ address: recipient })).toBe(0x1234n)
  })
})

describe('the genesis alloc', () => {
  const alloc = allocOf('karst')

  test('fills the namespace with proxies, but for WETH and the governance token', () => {
    const namespace = Object.keys(alloc).filter((address) => address.startsWith('0x42000000'))
    expect(namespace).toHaveLength(2_047)
    expect(alloc['0x4200000000000000000000000000000000000042']).toBeUndefined()
    expect(alloc['0x42000000000000000000000000000000000007ff']?.code).toBe(
      artifacts.contracts['Proxy']!.runtimeCode,
    )
  })

  test('funds the users and every precompile', () => {
    expect(alloc[owner]).toEqual({ balance: '0x21e19e0c9bab2400000' })
    expect(alloc['0x0000000000000000000000000000000000000001']).toEqual({ balance: '0x1' })
  })

  test('has the system contracts and their used-up deployers', () => {
    expect(alloc['0x000f3df6d732807ef1319fb7b8bb8522d0beac02']?.code?.length).toBe(2 + 2 * 97)
    expect(alloc['0x0000f90827f1c53a10cb7a02335b175320002935']?.nonce).toBe('0x1')
    expect(alloc['0x3462413af4609098e1e27a490f554f260213d685']?.nonce).toBe('0x1')
  })
})

function repeated([byte, count]: [number, number]): Uint8Array {
  return new Uint8Array(count).fill(byte)
}

const samples = [
  new TextEncoder().encode('the quick brown fox jumps over the lazy dog, '),
  Uint8Array.from({ length: 700 }, (_, i) => i % 251),
  Uint8Array.from({ length: 400 }, (_, i) => (i * i * 7 + i) & 0xff),
]
