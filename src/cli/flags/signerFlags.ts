import type { Address } from '../../base/hex.ts'
import { defaultHdPath } from '../../txmgr/hdPath.ts'
import type { FlagTable } from './flag.ts'
import { parseAddress, parseBoolean, parseList, parseText, parseUrl } from './parsers.ts'
import { type Service, serviceEnv } from './serviceEnv.ts'

/** Who signs for a service: a key, a mnemonic or a signer elsewhere. */
export interface SignerFlagValues {
  readonly privateKey: string
  readonly mnemonic: string
  readonly hdPath: string
  readonly endpoint: string
  readonly address: Address
  readonly headers: readonly string[]
  readonly tlsEnabled: boolean
  readonly tlsCaPath: string
  readonly tlsCertPath: string
  readonly tlsKeyPath: string
}

/** op-service's defaults. */
export const defaultSignerFlags = {
  tlsEnabled: true,
  tlsCaPath: 'tls/ca.crt',
  tlsCertPath: 'tls/tls.crt',
  tlsKeyPath: 'tls/tls.key',
} as const satisfies Partial<SignerFlagValues>

// What the path was called before both services shared the flag.
const oldHdPath = {
  batcher: { name: 'sequencer-hd-path', env: 'OP_BATCHER_SEQUENCER_HD_PATH' },
  proposer: { name: 'l2-output-hd-path', env: 'OP_PROPOSER_L2_OUTPUT_HD_PATH' },
} as const

/** What says who signs. Names are those of op-batcher and op-proposer. */
export function signerFlags(service: Service) {
  const env = (suffix: string) => serviceEnv(service, suffix)
  return {
    privateKey: {
      names: ['private-key'],
      env: env('PRIVATE_KEY'),
      value: 'hex',
      parse: parseText,
      help: 'the key that signs; better in the environment than on the command line',
    },
    mnemonic: {
      names: ['mnemonic'],
      env: env('MNEMONIC'),
      value: 'words',
      parse: parseText,
      help: 'the words that the key is derived from; better in the environment too',
    },
    hdPath: {
      names: ['hd-path', oldHdPath[service].name],
      env: [...env('HD_PATH'), oldHdPath[service].env],
      value: 'path',
      parse: parseText,
      help: 'which key of the mnemonic it is',
      shownDefault: defaultHdPath,
    },
    endpoint: {
      names: ['signer.endpoint'],
      env: env('SIGNER_ENDPOINT'),
      value: 'url',
      parse: parseUrl('http', 'https'),
      help: 'a signer that serves eth_signTransaction, instead of a key',
    },
    address: {
      names: ['signer.address'],
      env: env('SIGNER_ADDRESS'),
      value: 'address',
      parse: parseAddress,
      help: 'the account that it signs for',
    },
    headers: {
      names: ['signer.header'],
      env: env('SIGNER_HEADER'),
      value: 'headers',
      parse: parseList(parseText),
      help: 'headers of the requests to it: key=value, joined by commas',
    },
    tlsEnabled: {
      names: ['signer.tls.enabled'],
      env: env('SIGNER_TLS_ENABLED'),
      parse: parseBoolean,
      help: 'show the signer a client certificate',
      shownDefault: defaultSignerFlags.tlsEnabled,
    },
    tlsCaPath: {
      names: ['signer.tls.ca'],
      env: env('SIGNER_TLS_CA'),
      value: 'file',
      parse: parseText,
      help: "the authority of the signer's certificate",
      shownDefault: defaultSignerFlags.tlsCaPath,
    },
    tlsCertPath: {
      names: ['signer.tls.cert'],
      env: env('SIGNER_TLS_CERT'),
      value: 'file',
      parse: parseText,
      help: 'the client certificate',
      shownDefault: defaultSignerFlags.tlsCertPath,
    },
    tlsKeyPath: {
      names: ['signer.tls.key'],
      env: env('SIGNER_TLS_KEY'),
      value: 'file',
      parse: parseText,
      help: 'the key of the client certificate',
      shownDefault: defaultSignerFlags.tlsKeyPath,
    },
  } as const satisfies FlagTable<SignerFlagValues>
}
