import { pbkdf2Sync } from 'node:crypto'
import { HDKey, type LocalAccount, privateKeyToAccount } from 'viem/accounts'
import { type Address, bytesToHex } from '../base/hex.ts'
import type { DevnetAccount } from './options.ts'

/** The phrase of Hardhat's and Foundry's development accounts. Anyone can spend from them. */
export const developmentMnemonic = 'test test test test test test test test test test test junk'

/** An account that can sign, with the key that users are told. */
export interface SigningAccount extends DevnetAccount {
  readonly signer: LocalAccount
}

/** Accounts that the chain itself works with. Apart from the users' ones, so that those begin at nonce 0. */
export interface DevnetRoles {
  readonly deployer: SigningAccount
  readonly batcher: SigningAccount
  readonly proposer: SigningAccount
  readonly unsafeBlockSigner: SigningAccount
}

export interface DevnetAccounts {
  /** The first owns the contracts on L1 and the proxies on L2. */
  readonly users: readonly SigningAccount[]
  readonly roles: DevnetRoles
}

/** Derives the users' accounts (`m/44'/60'/0'/0/i`, as anvil does) and those of the roles (`m/44'/60'/1'/0/i`). */
export function deriveDevnetAccounts(userCount: number): DevnetAccounts {
  // BIP-39; Node's derivation is a hundred times faster than the one in JavaScript.
  const seed = pbkdf2Sync(developmentMnemonic, 'mnemonic', 2048, 64, 'sha512')
  const master = HDKey.fromMasterSeed(seed)
  const users = master.derive("m/44'/60'/0'/0")
  const roles = master.derive("m/44'/60'/1'/0")
  return {
    users: Array.from({ length: userCount }, (_, index) => deriveAccount(users, index)),
    roles: {
      deployer: deriveAccount(roles, 0),
      batcher: deriveAccount(roles, 1),
      proposer: deriveAccount(roles, 2),
      unsafeBlockSigner: deriveAccount(roles, 3),
    },
  }
}

function deriveAccount(parent: HDKey, index: number): SigningAccount {
  const privateKey = bytesToHex(parent.deriveChild(index).privateKey!)
  const signer = privateKeyToAccount(privateKey)
  return { address: signer.address.toLowerCase() as Address, privateKey, signer }
}
