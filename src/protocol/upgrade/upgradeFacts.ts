import type { Address, Hash } from '../../base/hex.ts'
import { l1InfoDepositor, predeploys } from '../../chain/addresses.ts'
import type { Fork } from '../../chain/forks.ts'

/** The forks whose activation block changes the chain by transactions of its own, oldest first. */
export const upgradeForks = [
  'ecotone',
  'fjord',
  'isthmus',
  'jovian',
  'karst',
] as const satisfies readonly Fork[]

/** One of {@link upgradeForks}. */
export type UpgradeFork = (typeof upgradeForks)[number]

/** What takt knows of a fork's upgrade transactions; their calldata comes from a bundle file. */
export interface UpgradeFacts {
  /** keccak256 over the encoded deposits of the fork, one behind the other. */
  readonly hash: Hash
  /** Where a bundle is to be had, for people. */
  readonly origin: string
  /** Each transaction, in order; for Karst and later the bundle itself is the authority. */
  readonly transactions: readonly UpgradeTransactionFacts[] | undefined
}

/** What is known of one upgrade transaction. */
export interface UpgradeTransactionFacts {
  /** Names the transaction: its source hash is made of nothing else. */
  readonly intent: string
  readonly from: Address
  /** `undefined` deploys a contract. */
  readonly to: Address | undefined
  readonly gas: bigint
  /** keccak256 of the calldata, or of the creation code. */
  readonly dataHash: Hash
}

/** Gas that Karst's transactions may use, added to the gas limit of its activation block. */
export const karstUpgradeGas = 55_370_657n

/**
 * The upgrades by fork.
 *
 * Differs: the text of the Jovian specification writes "L1Block" and "GasPriceOracle" in four intents; the chains, and
 * op-node and kona with them, use the names below.
 *
 * @see https://specs.optimism.io/protocol/ecotone/derivation.html#network-upgrade-automation-transactions
 * @see https://specs.optimism.io/protocol/fjord/derivation.html#network-upgrade-automation-transactions
 * @see https://specs.optimism.io/protocol/isthmus/derivation.html#network-upgrade-automation-transactions
 * @see https://specs.optimism.io/protocol/jovian/derivation.html#network-upgrade-transactions
 * @see https://specs.optimism.io/protocol/l2-upgrades-1-execution.html
 */
export const upgradeFacts: Readonly<Record<UpgradeFork, UpgradeFacts>> = {
  ecotone: {
    hash: '0xec1aa4d001fc132699a0ec68aa25b5872a0be9308195745f06e9db6859ab95a3',
    origin: 'The creation code is in the Ecotone derivation specification.',
    transactions: [
      deployment(
        'Ecotone: L1 Block Deployment',
        deployer(0),
        375_000n,
        '0xda6828a2a6e02d9fde7d5d9947f51b207f31abf5dbb538dd968cd491164e2115',
      ),
      deployment(
        'Ecotone: Gas Price Oracle Deployment',
        deployer(1),
        1_000_000n,
        '0xfd456e91d8c9714590a4f0a2c1046ba70e102f1c629ead886c4eebc3f921c3c3',
      ),
      proxyUpdate(
        'Ecotone: L1 Block Proxy Update',
        predeploys.l1Block,
        '0x9b08523fb758f8b6e86199027f15f7a997d4624f947d5e84ebf777a9268da3d7',
      ),
      proxyUpdate(
        'Ecotone: Gas Price Oracle Proxy Update',
        predeploys.gasPriceOracle,
        '0x0bea7e522c8f17c10580a8fc11a4b4a453bda34390bd1778a1044fe6b328eb21',
      ),
      oracleSwitch(
        'Ecotone: Gas Price Oracle Set Ecotone',
        80_000n,
        '0x8ac7f2aa36e4e6f8887d16b5e5e86830df59c6da9d9cfb9d1924a55473ac5297',
      ),
      deployment(
        'Ecotone: beacon block roots contract deployment',
        '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
        250_000n,
        '0x468e991a328ab315e08296896adc222230a4960692e90cb6e096006ba6ae75d5',
      ),
    ],
  },
  fjord: {
    hash: '0xedcf6d86f081abac7efed96df33ed2119e8385d44067a2ef6b821607f523ff24',
    origin: 'The creation code is in the Fjord derivation specification.',
    transactions: [
      deployment(
        'Fjord: Gas Price Oracle Deployment',
        deployer(2),
        1_450_000n,
        '0xb16f1e370e58c7693fd113a21a1b1e7ccebc03d4f1e5a76786fc27847ef51ead',
      ),
      proxyUpdate(
        'Fjord: Gas Price Oracle Proxy Update',
        predeploys.gasPriceOracle,
        '0x7a00d57fa487eaa0cff627d498e523cc609ebb6735ae0f823f5001cbd217d89e',
      ),
      oracleSwitch(
        'Fjord: Gas Price Oracle Set Fjord',
        90_000n,
        '0x47ae63cdfe5f5ca2925e5ef1d919de43fae79ae5605937c451287a078cf1a5e6',
      ),
    ],
  },
  isthmus: {
    hash: '0x10c8653dea3e4a54503143c2b2a83869425eaf540ca470352ed71eba40929671',
    origin: 'The creation code is in the Isthmus derivation specification.',
    transactions: [
      deployment(
        'Isthmus: L1 Block Deployment',
        deployer(3),
        425_000n,
        '0xa1f984b8ea199574261c19122b5a9c8c7dbd3633980b1e7aaf6b7af24af60478',
      ),
      deployment(
        'Isthmus: Gas Price Oracle Deployment',
        deployer(4),
        1_625_000n,
        '0x38ef70b2783dd45ad807afcf57972c7df4abaaeb5d16d17cdb451b9e931a9cbb',
      ),
      deployment(
        'Isthmus: Operator Fee Vault Deployment',
        deployer(5),
        500_000n,
        '0x3d8c0d7736e8767f2f797da1c20c5fe30bd7f48a4cf75f376290481ad7c0f91f',
      ),
      proxyUpdate(
        'Isthmus: L1 Block Proxy Update',
        predeploys.l1Block,
        '0xb7245b6edcb108c775890b75cfd32321e039c1dba542ddf223987671c17a5f8c',
      ),
      proxyUpdate(
        'Isthmus: Gas Price Oracle Proxy Update',
        predeploys.gasPriceOracle,
        '0xc54fe5a17800f038e4d035b44c2e310085ce0b816187929d6577f75b0a12dba7',
      ),
      proxyUpdate(
        'Isthmus: Operator Fee Vault Proxy Update',
        predeploys.operatorFeeVault,
        '0x075098e725eb644e5cc9bf2415610c5e6b7c15b690fd4082e2037f4b6018ae87',
      ),
      oracleSwitch(
        'Isthmus: Gas Price Oracle Set Isthmus',
        90_000n,
        '0x9f9bd9b3006cdbb836d6c6b5e5ccb344c66bd7a50969b7a5cddecffca70b7070',
      ),
      deployment(
        'Isthmus: EIP-2935 Contract Deployment',
        '0x3462413af4609098e1e27a490f554f260213d685',
        250_000n,
        '0xd9a100b412a9e846fc9893402b583bb45f5d812b7a5c4fef9b49bc602b15520b',
      ),
    ],
  },
  jovian: {
    hash: '0xd498d96826b3d1bbb48b56346a26e018f3638bad34f723e5356396eef83cdadd',
    origin: 'The creation code is in the Jovian derivation specification.',
    transactions: [
      deployment(
        'Jovian: L1 Block Deployment',
        deployer(6),
        447_315n,
        '0x1f054ff228ecad7f51772dd25084469192f7a33c522b87cd46ec5558d3c46aec',
      ),
      proxyUpdate(
        'Jovian: L1 Block Proxy Update',
        predeploys.l1Block,
        '0x6e8986febb7a00dda6194d29731ee3d85276dde845f6aee50925ad4937088c10',
      ),
      deployment(
        'Jovian: Gas Price Oracle Deployment',
        deployer(7),
        1_750_714n,
        '0xf72c23d9c3775afd7b645fde429d09800622d329116feb5ff9829634655123ca',
      ),
      proxyUpdate(
        'Jovian: Gas Price Oracle Proxy Update',
        predeploys.gasPriceOracle,
        '0xdd35dd99a1cce496e2ae6fd9a41a9754b1671a3c29c1768f133228223e195c30',
      ),
      oracleSwitch(
        'Jovian: Gas Price Oracle Set Jovian',
        90_000n,
        '0x51b713fa25d900a7e2ac19971864b346c0493da6cd451e2ac58ab0866a719393',
      ),
    ],
  },
  karst: {
    hash: '0x2f47d1bd06afb3ebf55140cc3e21eb064ede47f4c1c0f4be80469a4ed5c325cb',
    origin:
      'It is op-core/nuts/bundles/karst_nut_bundle.json of the Optimism monorepo, sha256 ' +
      '08f5df36f7ff29a9421ab84beebe96684a7455df9a5d234a2468613a4008ad91.',
    transactions: undefined,
  },
}

function deployment(
  intent: string,
  from: Address,
  gas: bigint,
  dataHash: Hash,
): UpgradeTransactionFacts {
  return { intent, from, to: undefined, gas, dataHash }
}

/** `upgradeTo(address)` on a predeploy's proxy, which lets the zero address do it. */
function proxyUpdate(intent: string, to: Address, dataHash: Hash): UpgradeTransactionFacts {
  return { intent, from: `0x${'00'.repeat(20)}`, to, gas: 50_000n, dataHash }
}

function oracleSwitch(intent: string, gas: bigint, dataHash: Hash): UpgradeTransactionFacts {
  return { intent, from: l1InfoDepositor, to: predeploys.gasPriceOracle, gas, dataHash }
}

/** Accounts that never had a transaction: each deploys one contract, to an address known beforehand. */
function deployer(index: number): Address {
  return `0x421${index.toString(16).padStart(37, '0')}`
}
