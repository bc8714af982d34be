import { buildGenesis, type GenesisBlock } from '../genesis.ts'
import { genesisFromJson } from '../genesisJson.ts'
import { StateDatabase } from '../state/stateDatabase.ts'

/**
 * The genesis block that a `genesis.json` describes, as the engine will make it.
 *
 * @param json - op-geth's format, parsed as JSON.
 * @throws {ConfigError} when it is malformed.
 */
export function genesisBlockOf(json: unknown): GenesisBlock {
  const nothingStored = { node: () => undefined, code: () => undefined }
  return buildGenesis(genesisFromJson(json), new StateDatabase({}, nothingStored))
}
