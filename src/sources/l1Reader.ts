import { bytesToHex } from '../base/hex.ts'
import { bytesFromJson, JsonFields, uint64FromJson } from '../base/jsonFields.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import type { L1Reader } from '../proposer/interface.ts'
import { ask, askOrRefusal } from './l1Answers.ts'

/** L1's contracts over JSON-RPC, as of its newest block. */
export function createL1Reader(deps: { readonly rpc: JsonRpcClient }): L1Reader {
  const { rpc } = deps
  return {
    head: (signal) => ask(rpc, 'eth_getBlockByNumber', ['latest', false], headFromJson, signal),
    call: (to, data, signal) =>
      askOrRefusal(
        rpc,
        'eth_call',
        [{ to, input: bytesToHex(data) }, 'latest'],
        bytesFromJson,
        signal,
      ),
  }
}

function headFromJson(json: unknown) {
  const fields = new JsonFields(json, 'L1 block', 'BLOCK_JSON')
  return {
    number: fields.read('number', uint64FromJson),
    timestamp: fields.read('timestamp', uint64FromJson),
  }
}
