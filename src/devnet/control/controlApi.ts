import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { withReasons } from '../../rpc/withReasons.ts'
import type { DevnetControl } from './control.ts'
import { controlArguments as read } from './controlArguments.ts'

/** The `devnet_` methods, and `takt_warp`: {@link DevnetControl} over JSON-RPC. */
export function controlApi(control: DevnetControl): RpcMethods {
  return withReasons({
    takt_warp: async ([seconds]) => control.warp(read.seconds(seconds)),
    devnet_status: async () => control.status(),
    devnet_mine: async ([blocks = 1]) => control.mine(read.blocks(blocks)),
    devnet_mineL1: async ([blocks = 1]) => control.mineL1(read.blocks(blocks)),
    devnet_reorgL1: async ([depth]) => control.reorgL1(read.depth(depth)),
    devnet_pause: async ([part = 'time']) => control.pause(read.part(part)),
    devnet_resume: async ([part = 'time']) => control.resume(read.part(part)),
    devnet_startOutage: async ([target]) => control.startOutage(read.outage(target)),
    devnet_endOutage: async ([target]) => control.endOutage(read.outage(target)),
    devnet_setLatency: async ([target, ms]) =>
      control.setLatency(read.latency(target), read.milliseconds(ms)),
    devnet_snapshot: async () => control.snapshot(),
    devnet_revert: async ([id]) => control.revert(read.id(id)),
  })
}
