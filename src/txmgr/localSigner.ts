import { mnemonicToAccount } from 'viem/accounts'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { bytesToHex, hexToBytes } from '../base/hex.ts'
import { isPrivateKey, privateKeyToAddress, signHash } from '../base/secp256k1.ts'
import { encodeSigned, signingHash } from './encoding.ts'
import { defaultHdPath } from './hdPath.ts'
import type { Signer } from './interface.ts'

/**
 * Signs with a private key that this process holds.
 *
 * @param privateKey - 32 bytes of hex, with or without `0x`.
 * @throws {ConfigError} `PRIVATE_KEY_INVALID`
 */
export function createLocalSigner(privateKey: string): Signer {
  const key = parsePrivateKey(privateKey)
  return {
    address: privateKeyToAddress(key),
    sign: async (transaction) => encodeSigned(transaction, signHash(signingHash(transaction), key)),
  }
}

/**
 * Signs with a key derived from a mnemonic (BIP-39, BIP-32).
 *
 * @throws {ConfigError} `MNEMONIC_INVALID`
 */
export function createMnemonicSigner(mnemonic: string, hdPath: string = defaultHdPath): Signer {
  let key: Uint8Array | null
  try {
    // Typed for literal paths; it checks any other.
    const path = hdPath as typeof defaultHdPath
    key = mnemonicToAccount(mnemonic.trim(), { path }).getHdKey().privateKey
  } catch {
    // The cause is left out: it may quote the mnemonic.
    key = null
  }
  if (key === null) {
    throw new ConfigError(
      exitCodes.usage,
      'MNEMONIC_INVALID',
      `no key can be derived: the mnemonic or the HD path (${JSON.stringify(hdPath)}) is not valid`,
      { metaMessages: ["A mnemonic has 12 to 24 words, a path looks like m/44'/60'/0'/0/0."] },
    )
  }
  return createLocalSigner(bytesToHex(key))
}

function parsePrivateKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, '')
  // Checked before it is decoded: an error of the decoder would quote the key.
  const key = /^[0-9a-fA-F]{64}$/.test(digits) ? hexToBytes(`0x${digits}`) : undefined
  if (key !== undefined && isPrivateKey(key)) return key
  throw new ConfigError(exitCodes.usage, 'PRIVATE_KEY_INVALID', 'the private key is not valid', {
    metaMessages: ['It has 32 bytes: 64 hex digits, with or without 0x before them.'],
  })
}
