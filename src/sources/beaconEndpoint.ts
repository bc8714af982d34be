import { Pool } from 'undici'
import { DecodeError, TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { JsonFields, listFromJson, sizedBytesFromJson } from '../base/jsonFields.ts'
import { parseHttpUrl } from '../jsonrpc/endpointUrl.ts'
import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** A blob as a beacon node gives it. Nothing of it has been checked. */
export interface ServedBlob {
  readonly blob: Uint8Array
  /** From nodes that serve sidecars. */
  readonly proof: { readonly commitment: Uint8Array; readonly proof: Uint8Array } | undefined
}

/** The Beacon API of one node. */
export interface BeaconEndpoint {
  /** Without secrets. */
  readonly name: string
  /** Seconds since the Unix epoch. */
  genesisTime(signal?: AbortSignal): Promise<bigint>
  /** Seconds. */
  slotDuration(signal?: AbortSignal): Promise<bigint>
  /**
   * Blobs of a block, at least those that are wanted as far as the node has them; none when it does not know the block.
   *
   * @param id - A slot, or what else the node takes for one.
   */
  blobs(id: string, wanted: readonly Hash[], signal?: AbortSignal): Promise<readonly ServedBlob[]>
  close(): Promise<void>
}

/** A beacon node gave no usable answer. */
export class BeaconError extends TaktError {
  /** HTTP status, where one came. */
  readonly status: number | undefined

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super('BEACON', message, { context: { status }, cause })
    this.status = status
  }
}

export interface BeaconEndpointOptions {
  /** `http(s)://…`; a path in front of `/eth/v1` is kept. */
  readonly url: string
  readonly urlFlag?: string | undefined
  readonly timeoutMs: number
  /** Added to every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Ask for all blobs of a block, whatever is wanted. */
  readonly fetchAll?: boolean
}

/**
 * @throws {ConfigError} `URL_INVALID`
 * @see https://ethereum.github.io/beacon-APIs/
 */
export function createBeaconEndpoint(
  options: BeaconEndpointOptions,
  deps: { readonly clock: Clock },
): BeaconEndpoint {
  const url = parseHttpUrl(options.url, options.urlFlag)
  const [basePath, query] = url.path.replace(/\/+(?=\?|$)/, '').split('?')
  const pool = new Pool(url.origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: url.socketPath === undefined ? {} : { socketPath: url.socketPath },
  })
  const headers = {
    ...options.headers,
    accept: 'application/json',
    ...(url.authorization !== undefined && { authorization: url.authorization }),
  }
  // Which of the two ways to ask for blobs works here shows with the first block.
  let ways: readonly BlobWay[] = [blobsWay, sidecarsWay]

  async function get(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const joined = query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
    const ask = async (signal: AbortSignal) => {
      const response = await pool.request({
        method: 'GET',
        path: `${basePath}${joined}`,
        headers,
        signal,
      })
      const text = await response.body.text()
      if (response.statusCode === 200) return parseJson(url.name, text)
      throw new BeaconError(`${url.name} answered HTTP ${response.statusCode}`, response.statusCode)
    }
    try {
      return await withTimeout(deps.clock, options.timeoutMs, 'the request', ask, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof BeaconError) throw error
      const message = `${url.name} gives no answer: ${(error as Error).message}`
      throw new BeaconError(message, undefined, error)
    }
  }

  return {
    name: url.name,
    async genesisTime(signal) {
      return decimal(await get('/eth/v1/beacon/genesis', signal), 'genesis_time')
    },
    async slotDuration(signal) {
      return decimal(await get('/eth/v1/config/spec', signal), 'SECONDS_PER_SLOT')
    },
    async blobs(id, wanted, signal) {
      let refusal: BeaconError | undefined
      let hasAnswered = false
      for (const way of ways) {
        try {
          const path = way.path(id, options.fetchAll === true ? [] : wanted)
          const served = way.parse(await get(path, signal))
          hasAnswered = true
          // An empty answer may mean that this way is not really served.
          if (served.length === 0) continue
          ways = [way, ...ways.filter((other) => other !== way)]
          return served
        } catch (error) {
          if (!isNotServed(error)) throw error
          refusal = error
        }
      }
      // Nodes say 404 for a block that they do not know, and for one that they have pruned.
      if (hasAnswered || refusal?.status === 404) return []
      throw refusal
    },
    close: () => pool.destroy(),
  }
}

interface BlobWay {
  /** @param wanted - None for all blobs. */
  path(id: string, wanted: readonly Hash[]): string
  parse(json: unknown): readonly ServedBlob[]
}

const blobFromJson = sizedBytesFromJson(131_072)
const pointFromJson = sizedBytesFromJson(48)

/** The way of today: blobs alone, those that are wanted. */
const blobsWay: BlobWay = {
  path(id, wanted) {
    const query = wanted.map((hash) => `versioned_hashes=${hash}`).join('&')
    return `/eth/v1/beacon/blobs/${id}${query === '' ? '' : `?${query}`}`
  },
  parse: (json) =>
    new JsonFields(json, 'blobs', 'BEACON_JSON')
      .read('data', listFromJson(blobFromJson))
      .map((blob) => ({ blob, proof: undefined })),
}

/** The way up to the Fusaka fork, and of most archivers: all blobs of the block, with proofs. */
const sidecarsWay: BlobWay = {
  path: (id) => `/eth/v1/beacon/blob_sidecars/${id}`,
  parse: (json) =>
    new JsonFields(json, 'blob sidecars', 'BEACON_JSON').read(
      'data',
      listFromJson((item) => {
        const fields = new JsonFields(item, 'blob sidecar', 'BEACON_JSON')
        return {
          blob: fields.read('blob', blobFromJson),
          proof: {
            commitment: fields.read('kzg_commitment', pointFromJson),
            proof: fields.read('kzg_proof', pointFromJson),
          },
        }
      }),
    ),
}

/** True for a status that may mean "not this way", so that another is worth a try. */
function isNotServed(error: unknown): error is BeaconError {
  return (
    error instanceof BeaconError &&
    error.status !== undefined &&
    [400, 404, 405, 410, 501].includes(error.status)
  )
}

function decimal(json: unknown, name: string): bigint {
  const data = new JsonFields(json, 'beacon node', 'BEACON_JSON').read('data', (data) => data)
  return new JsonFields(data, 'beacon node', 'BEACON_JSON').read(name, (value) => {
    if (typeof value === 'string' && /^\d{1,18}$/.test(value)) return BigInt(value)
    throw new DecodeError('BEACON_JSON', `expected a decimal number, got ${JSON.stringify(value)}`)
  })
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BeaconError(`${name} answered ${text.length} characters that are not JSON`, 200)
  }
}
