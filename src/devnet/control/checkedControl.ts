import type { DevnetControl } from './control.ts'
import { controlArguments as read } from './controlArguments.ts'

/** {@link DevnetControl} for whoever may call it with anything: scripts, whose types let `NaN` pass, and JSON-RPC. */
export type CheckedControl = {
  readonly [Name in keyof DevnetControl]: (
    ...args: readonly unknown[]
  ) => ReturnType<DevnetControl[Name]>
}

/** Reads the arguments of each call, and fills in those that are left out. */
export function checkedControl(control: DevnetControl): CheckedControl {
  return {
    warp: async (seconds) => control.warp(read.seconds(seconds)),
    status: () => control.status(),
    mine: async (blocks = 1) => control.mine(read.blocks(blocks)),
    mineL1: async (blocks = 1) => control.mineL1(read.blocks(blocks)),
    reorgL1: async (depth) => control.reorgL1(read.depth(depth)),
    pause: async (part = 'time') => control.pause(read.part(part)),
    resume: async (part = 'time') => control.resume(read.part(part)),
    startOutage: async (target) => control.startOutage(read.outage(target)),
    endOutage: async (target) => control.endOutage(read.outage(target)),
    setLatency: async (target, latencyMs) =>
      control.setLatency(read.latency(target), read.milliseconds(latencyMs)),
    snapshot: () => control.snapshot(),
    revert: async (id) => control.revert(read.id(id)),
  }
}
