import { Command } from 'commander'
import { expect, test } from 'vitest'
import { beaconFlags } from './beaconFlags.ts'
import { addFlags, type Environment, readFlags } from './flag.ts'

test.each<[string, string[], Environment]>([
  ['op-node', ['--l1.beacon', 'http://a,http://b'], {}],
  ['kona-node', ['--l1-beacon', 'http://a,http://b'], {}],
  ['variables of op-node', [], { OP_NODE_L1_BEACON: 'http://a,http://b' }],
  ['variables of kona-node', [], { KONA_NODE_L1_BEACON: 'http://a,http://b' }],
])('beacon nodes are named as for %s', (_, args, env) => {
  expect(read(args, env)).toEqual({ urls: ['http://a', 'http://b'] })
})

test('archivers, slots and switches', () => {
  expect(
    read([
      ...['--l1.beacon-archiver', 'https://blobs.example/v1'],
      ...['--l1-slot-duration-override', '6'],
      '--l1.beacon.fetch-all-sidecars',
      '--l1.beacon.ignore',
    ]),
  ).toEqual({
    archiverUrls: ['https://blobs.example/v1'],
    slotDuration: 6,
    fetchAllSidecars: true,
    ignore: true,
  })
})

test.each(['X-Api-Key: 12:34', 'X-Api-Key:12:34'])('a header is read from %s', (header) => {
  expect(read(['--l1.beacon-header', header])).toEqual({ headers: { 'X-Api-Key': '12:34' } })
})

test.each(['secret', ': secret', 'X Key: secret', 'X-Key:'])(
  '%s is no header, and is not shown',
  (header) => {
    expect(() => read(['--l1.beacon-header', header])).toThrow(
      expect.objectContaining({
        code: 'FLAG_VALUE',
        message: expect.not.stringContaining('secret'),
      }),
    )
  },
)

function read(args: readonly string[], env: Environment = {}) {
  const command = new Command().exitOverride()
  addFlags(command, 'L1:', beaconFlags)
  return readFlags(command.parse(args, { from: 'user' }), beaconFlags, env)
}
