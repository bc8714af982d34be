import type { FlagTable } from './flag.ts'
import { parseBoolean, parsePort, parseText } from './parsers.ts'

/** What `takt engine` is told. Names are those of op-geth and op-reth. */
export interface EngineFlagValues {
  readonly genesisPath: string
  readonly rollupConfigPath: string
  readonly dataDir: string
  readonly engineHost: string
  readonly enginePort: number
  readonly jwtSecretPath: string
  readonly rpcHost: string
  readonly rpcPort: number
  readonly publicMinerApi: boolean
}

/** What holds where nothing is said; the other settings have no default. */
export const defaultEngineFlags = {
  engineHost: '127.0.0.1',
  enginePort: 8551,
  rpcHost: '127.0.0.1',
  rpcPort: 9545,
  publicMinerApi: false,
} as const satisfies Partial<EngineFlagValues>

/** What `takt engine` takes. */
export const engineFlags = {
  genesisPath: {
    names: ['genesis', 'chain'],
    env: ['TAKT_ENGINE_GENESIS'],
    value: 'file',
    parse: parseText,
    help: "the L2's genesis.json, as op-geth takes it (required)",
  },
  rollupConfigPath: {
    names: ['rollup.config'],
    env: ['TAKT_ENGINE_ROLLUP_CONFIG'],
    value: 'file',
    parse: parseText,
    help: "the chain's rollup.json; checked against the genesis when given",
  },
  dataDir: {
    names: ['datadir'],
    env: ['TAKT_ENGINE_DATADIR'],
    value: 'folder',
    parse: parseText,
    help: 'folder of the database; without it the chain is kept in memory',
  },
  jwtSecretPath: {
    names: ['authrpc.jwtsecret'],
    env: ['TAKT_ENGINE_AUTHRPC_JWTSECRET'],
    value: 'file',
    parse: parseText,
    help: 'file with the 32-byte secret of the Engine API; without it <datadir>/jwtsecret, made when missing',
  },
  engineHost: {
    names: ['authrpc.addr'],
    env: ['TAKT_ENGINE_AUTHRPC_ADDR'],
    value: 'address',
    parse: parseText,
    help: 'address that the Engine API listens on',
    shownDefault: defaultEngineFlags.engineHost,
  },
  enginePort: {
    names: ['authrpc.port'],
    env: ['TAKT_ENGINE_AUTHRPC_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'port of the Engine API; 0 takes a free one',
    shownDefault: defaultEngineFlags.enginePort,
  },
  rpcHost: {
    names: ['http.addr'],
    env: ['TAKT_ENGINE_HTTP_ADDR'],
    value: 'address',
    parse: parseText,
    help: 'address that the eth_ JSON-RPC (HTTP and WebSocket) listens on',
    shownDefault: defaultEngineFlags.rpcHost,
  },
  rpcPort: {
    names: ['http.port', 'ws.port'],
    env: ['TAKT_ENGINE_HTTP_PORT'],
    value: 'port',
    parse: parsePort,
    help: 'port of the eth_ JSON-RPC; 0 takes a free one',
    shownDefault: defaultEngineFlags.rpcPort,
  },
  publicMinerApi: {
    names: ['http.miner'],
    env: ['TAKT_ENGINE_HTTP_MINER'],
    parse: parseBoolean,
    help: 'serve miner_setMaxDASize on that port too, as batchers need it to throttle; for trusted networks',
    shownDefault: defaultEngineFlags.publicMinerApi,
  },
} as const satisfies FlagTable<EngineFlagValues>
