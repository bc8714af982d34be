import { type BeaconOptions, defaultNodeOptions } from '../../node/options.ts'
import { type FlagTable, invalidFlag } from './flag.ts'
import { parseBoolean, parseInteger, parseList, parseUrl } from './parsers.ts'

/** Where the blobs of L1 are read. */
export const beaconFlags = {
  urls: {
    names: ['l1.beacon', 'l1-beacon'],
    env: ['TAKT_NODE_L1_BEACON', 'KONA_NODE_L1_BEACON', 'OP_NODE_L1_BEACON'],
    value: 'urls',
    parse: parseList(parseUrl('http', 'https')),
    help: 'Beacon API endpoints joined by commas, the preferred one first; an anvil as L1 needs none',
  },
  archiverUrls: {
    names: ['l1.beacon-fallbacks', 'l1.beacon-archiver'],
    env: [
      'TAKT_NODE_L1_BEACON_FALLBACKS',
      'OP_NODE_L1_BEACON_FALLBACKS',
      'OP_NODE_L1_BEACON_ARCHIVER',
    ],
    value: 'urls',
    parse: parseList(parseUrl('http', 'https')),
    help: 'endpoints that keep blobs after beacon nodes have dropped them, asked last',
  },
  headers: {
    names: ['l1.beacon-header'],
    env: ['TAKT_NODE_L1_BEACON_HEADER', 'OP_NODE_L1_BEACON_HEADER'],
    value: 'header',
    parse: parseHeader,
    help: "HTTP header for --l1.beacon, as 'Name: value'",
  },
  fetchAllSidecars: {
    names: ['l1.beacon.fetch-all-sidecars'],
    env: ['TAKT_NODE_L1_BEACON_FETCH_ALL_SIDECARS', 'OP_NODE_L1_BEACON_FETCH_ALL_SIDECARS'],
    parse: parseBoolean,
    help: 'fetch all blobs of a block, for beacon nodes that mishandle requests for some',
    shownDefault: defaultNodeOptions.beacon.fetchAllSidecars,
  },
  slotDuration: {
    names: ['l1.beacon.slot-duration-override', 'l1-slot-duration-override'],
    env: [
      'TAKT_NODE_L1_SLOT_DURATION_OVERRIDE',
      'KONA_NODE_L1_SLOT_DURATION_OVERRIDE',
      'OP_NODE_L1_BEACON_SLOT_DURATION_OVERRIDE',
    ],
    value: 'seconds',
    parse: parseInteger(1, 3_600),
    help: 'length of an L1 slot, for beacon nodes that do not tell it',
  },
  genesisTime: {
    names: ['l1.beacon.genesis-time'],
    env: ['TAKT_NODE_L1_BEACON_GENESIS_TIME'],
    value: 'timestamp',
    parse: parseInteger(0),
    help: 'time of the first L1 slot, likewise',
  },
  ignore: {
    names: ['l1.beacon.ignore'],
    env: ['TAKT_NODE_L1_BEACON_IGNORE', 'OP_NODE_L1_BEACON_IGNORE'],
    parse: parseBoolean,
    help: 'start without a beacon node that answers; derivation then waits at the first blob',
    shownDefault: defaultNodeOptions.beacon.ignore,
  },
} as const satisfies FlagTable<BeaconOptions>

function parseHeader(text: string, source: string): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(\S.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return { [name]: value.trim() }
  // Not the text: it is likely to hold a secret.
  throw invalidFlag(source, '…', "a header such as 'X-Api-Key: 1234'")
}
