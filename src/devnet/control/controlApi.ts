import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { withReasons } from '../../rpc/withReasons.ts'
import type { CheckedControl } from './checkedControl.ts'

/** The `devnet_` methods, and `takt_warp`: {@link CheckedControl} over JSON-RPC. */
export function controlApi(control: CheckedControl): RpcMethods {
  return withReasons({
    takt_warp: (params) => control.warp(...params),
    devnet_status: () => control.status(),
    devnet_mine: (params) => control.mine(...params),
    devnet_mineL1: (params) => control.mineL1(...params),
    devnet_reorgL1: (params) => control.reorgL1(...params),
    devnet_pause: (params) => control.pause(...params),
    devnet_resume: (params) => control.resume(...params),
    devnet_startOutage: (params) => control.startOutage(...params),
    devnet_endOutage: (params) => control.endOutage(...params),
    devnet_setLatency: (params) => control.setLatency(...params),
    devnet_snapshot: () => control.snapshot(),
    devnet_revert: (params) => control.revert(...params),
  })
}
