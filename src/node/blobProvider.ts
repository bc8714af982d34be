import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { isWebSocketUrl } from '../jsonrpc/endpointUrl.ts'
import {
  type BeaconClient,
  type BeaconClientDeps,
  createBeaconClient,
} from '../sources/beaconClient.ts'
import { createKzgLoader } from '../sources/kzgThread.ts'
import type { BeaconOptions, L1Options } from './options.ts'

export interface BlobProviderOptions {
  readonly beacon: BeaconOptions
  readonly l1: Pick<L1Options, 'rpcUrls'>
  /** L1 is anvil: it serves blobs where it serves everything else, by block hash. */
  readonly isAnvil: boolean
}

export type BlobProviderDeps = Omit<BeaconClientDeps, 'kzg'>

/**
 * Where a node reads blobs: the beacon nodes that it was told, or the anvil that is its L1.
 *
 * Without either, every block with blobs is answered by a `temporary` error, `BEACON_NOT_GIVEN`.
 *
 * @throws {ConfigError} `URL_INVALID`
 */
export function createBlobProvider(
  options: BlobProviderOptions,
  deps: BlobProviderDeps,
): BeaconClient {
  const { beacon, isAnvil, l1 } = options
  const { archiverUrls, headers, fetchAllSidecars } = beacon
  const urls = beacon.urls.length === 0 && isAnvil ? l1.rpcUrls.map(httpOnSamePort) : beacon.urls
  if (urls.length + archiverUrls.length === 0) return noBlobs
  const seconds = (given: number | undefined) => (given === undefined ? undefined : BigInt(given))
  return createBeaconClient(
    {
      urls,
      urlFlag: beaconFlag,
      archiverUrls,
      archiverFlag,
      headers,
      // Asked for several blobs of a block, anvil up to 1.7.1 gives the last of them alone.
      fetchAll: fetchAllSidecars || isAnvil,
      blobIds: isAnvil
        ? { type: 'blockHash' }
        : {
            type: 'slot',
            genesisTime: seconds(beacon.genesisTime),
            slotDuration: seconds(beacon.slotDuration),
          },
    },
    { ...deps, kzg: createKzgLoader() },
  )
}

/**
 * Checks before a node starts that a beacon node answers.
 *
 * Differs: op-node does not start without a beacon node. Here that is a warning, since batches in calldata can be read
 * all the same.
 *
 * @throws {ConfigError} `URL_INVALID`; `ENDPOINT_UNREACHABLE` (exit code 6)
 */
export async function verifyBlobProvider(
  options: BlobProviderOptions,
  deps: BlobProviderDeps,
  signal?: AbortSignal,
): Promise<void> {
  if (options.beacon.ignore) return
  const provider = createBlobProvider(options, deps)
  if (provider === noBlobs) {
    deps.logger.warn('No beacon node: derivation will wait at batches in blobs', {
      missing: beaconFlag,
    })
  }
  try {
    await provider.connect(signal)
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause
    throw new ConfigError(exitCodes.unreachable, 'ENDPOINT_UNREACHABLE', cause.shortMessage, {
      cause,
      metaMessages: [
        `check ${beaconFlag}: it must be the Beacon API of a consensus client, not the RPC of L1`,
        'add --l1.beacon.ignore to start all the same',
      ],
    })
  } finally {
    await provider.close()
  }
}

/** The anvil at `ws(s)://…` as `http(s)://…`. */
function httpOnSamePort(url: string): string {
  return isWebSocketUrl(url) ? url.replace(/^ws/i, 'http') : url
}

const beaconFlag = '--l1.beacon'
const archiverFlag = '--l1.beacon-fallbacks'

const noBlobs: BeaconClient = {
  async connect() {},
  async close() {},
  async blobsOfBlock(block) {
    throw new ChainError(
      'temporary',
      'BEACON_NOT_GIVEN',
      `L1 block ${block.number} has batches in blobs, and there is no beacon node to read them from`,
      { metaMessages: [`Start again with ${beaconFlag}.`] },
    )
  },
}
