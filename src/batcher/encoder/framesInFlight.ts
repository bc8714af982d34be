import type { Channel } from './channel.ts'

/** Frames of one channel in one submission. */
interface SentFrames {
  /** Higher than that of what was sent before. */
  readonly id: number
  readonly channel: Channel
  /** Number of the first frame. */
  readonly first: number
  readonly count: number
}

/** Frames that were handed out to be posted, until it is known what became of them. */
export class FramesInFlight {
  readonly #sent = new Map<number, SentFrames>()
  /** Failed, and not yet given back to their channels: what was sent after them must settle first. */
  #failed: SentFrames[] = []
  #lastConfirmed = 0

  /** Some have failed, and others are still on their way: nothing more should be sent. */
  get isSettling(): boolean {
    return this.#failed.length > 0
  }

  add(sent: SentFrames): void {
    this.#sent.set(sent.id, sent)
  }

  confirm(id: number, l1BlockNumber: bigint): void {
    const sent = this.#take(id)
    if (sent === undefined) return
    if (id > this.#lastConfirmed) this.#lastConfirmed = id
    sent.channel.confirm(sent.count, l1BlockNumber)
  }

  fail(id: number): void {
    const sent = this.#take(id)
    if (sent !== undefined) this.#failed.push(sent)
  }

  /** Whatever becomes of frames of these channels is no longer asked for. */
  forget(channels: readonly Channel[]): void {
    for (const [id, sent] of this.#sent) if (channels.includes(sent.channel)) this.#sent.delete(id)
    this.#failed = this.#failed.filter(({ channel }) => !channels.includes(channel))
  }

  forgetAll(): void {
    this.#sent.clear()
    this.#failed = []
  }

  /**
   * Once nothing is on its way: gives failed frames back to their channels.
   *
   * @param kept - Channels that still matter: those that are safe do not.
   * @returns the first channel that later frames have overtaken: from Holocene on those that come behind are not read.
   */
  settle(kept: readonly Channel[]): Channel | undefined {
    if (this.#sent.size > 0) return undefined
    const failed = this.#failed
      .filter(({ channel }) => kept.includes(channel))
      .toSorted((a, b) => a.id - b.id)
    this.#failed = []
    const [earliest] = failed
    if (earliest !== undefined && earliest.id < this.#lastConfirmed) return earliest.channel
    for (const { channel, first } of failed) channel.rewindTo(first)
    return undefined
  }

  #take(id: number): SentFrames | undefined {
    const sent = this.#sent.get(id)
    this.#sent.delete(id)
    return sent
  }
}
