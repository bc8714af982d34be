import type { Clock } from '../../runtime/clock.ts'
import type { DevnetL1 } from './l1.ts'
import { type Link, openLink } from './link.ts'

/** The ways on which takt's nodes, batcher and proposer reach L1. Users reach anvil itself. */
export interface DevnetL1Links {
  readonly l1: Link
  /** The same server; blobs come on this way. */
  readonly beacon: Link
  close(): Promise<void>
}

export async function openL1Links(
  { host }: { readonly host: string },
  deps: { readonly l1: DevnetL1; readonly clock: Clock },
): Promise<DevnetL1Links> {
  const target = { targetUrl: deps.l1.rpcUrl, host }
  const [l1, beacon] = await Promise.all([openLink(target, deps), openLink(target, deps)])
  const close = async () => {
    await Promise.all([l1.close(), beacon.close()])
  }
  return { l1, beacon, close }
}
