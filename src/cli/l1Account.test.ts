import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addFlags, type Environment } from './flags/flag.ts'
import { signerFlags } from './flags/signerFlags.ts'
import { txManagerFlags } from './flags/txManagerFlags.ts'
import { readL1Account } from './l1Account.ts'

const key = '42'.repeat(32)
const address = `0x${'aB'.repeat(20)}`
const mnemonic = 'test test test test test test test test test test test junk'
const remote = ['--signer.endpoint=https://signer', `--signer.address=${address}`]

test('a key may come by flag or by variable, ours or that of the OP Stack', () => {
  const byFlag = read(['--private-key', key]).signer
  const byVariable = read([], { TAKT_PROPOSER_PRIVATE_KEY: key }).signer
  const byOldVariable = read([], { OP_PROPOSER_PRIVATE_KEY: `0x${key}` }).signer
  const addresses = [byFlag, byVariable, byOldVariable].map(
    (signer) => signer.type === 'local' && signer.signer.address,
  )
  expect(new Set(addresses).size).toBe(1)
})

test('a mnemonic is used with the path under its old name too', () => {
  const first = read(['--mnemonic', mnemonic]).signer
  const path = "m/44'/60'/0'/0/1"
  const second = read(['--mnemonic', mnemonic, '--l2-output-hd-path', path]).signer
  const third = read(['--mnemonic', mnemonic], { OP_PROPOSER_HD_PATH: path }).signer
  expect(second).not.toMatchObject({ signer: { address: (first as never)['signer']['address'] } })
  expect(JSON.stringify(second)).toBe(JSON.stringify(third))
})

test('a remote signer has client certificates unless told otherwise, and headers', () => {
  expect(read([...remote, '--signer.header', 'a=b=c,x=y', '--network-timeout=3s']).signer).toEqual({
    type: 'remote',
    options: {
      endpoint: 'https://signer',
      address: address.toLowerCase(),
      headers: { a: 'b=c', x: 'y' },
      tls: { caPath: 'tls/ca.crt', certPath: 'tls/tls.crt', keyPath: 'tls/tls.key' },
      timeoutMs: 3_000,
    },
  })
  const { signer } = read([...remote, '--signer.tls.enabled=false'])
  expect(signer).toMatchObject({ options: { tls: undefined } })
})

test.each([
  [[], 'SIGNER_NOT_GIVEN'],
  [['--private-key', key, '--mnemonic', mnemonic], 'SIGNER_CONFLICT'],
  [['--private-key', key, ...remote], 'SIGNER_CONFLICT'],
  [[remote[0]!], 'SIGNER_NOT_GIVEN'],
  [[remote[1]!], 'SIGNER_NOT_GIVEN'],
  [[...remote, '--signer.header', 'secret'], 'SIGNER_HEADER'],
])('%j says not who signs: %s', (args, code) => {
  expect(() => read(args)).toThrow(expect.objectContaining({ code }))
})

test('amounts are given in gwei, and 0 lifts a ceiling', () => {
  const { txManager } = read([
    ...['--private-key', key, '--txmgr.min-tip-cap', '0.5', '--txmgr.max-tip-cap', '20'],
    ...['--txmgr.max-basefee', '0', '--txmgr.cell-proof-time', '12', '--num-confirmations', '4'],
  ])
  expect(txManager).toMatchObject({
    minTipCapWei: 500_000_000n,
    maxTipCapWei: 20_000_000_000n,
    maxBaseFeeWei: undefined,
    cellProofTime: 12n,
    numConfirmations: 4,
    resubmissionTimeoutMs: 48_000,
  })
})

function read(args: readonly string[], env: Environment = {}) {
  const command = new Command('x').exitOverride()
  addFlags(command, 'Signer:', signerFlags('proposer'))
  addFlags(command, 'Transactions:', txManagerFlags('proposer'))
  command.parse(args, { from: 'user' })
  return readL1Account(command, env, 'proposer')
}
