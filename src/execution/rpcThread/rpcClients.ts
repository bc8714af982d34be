import type { RpcContext } from '../../jsonrpc/dispatch.ts'
import type { ToRpcThread } from './messages.ts'

/** Numbers the clients of the RPC, for the engine's thread to tell them apart. */
export class RpcClients {
  readonly #numbers = new WeakMap<RpcContext, number>()
  readonly #byNumber = new Map<number, RpcContext>()
  readonly #onGone: (client: number) => void
  #last = 0

  constructor(onGone: (client: number) => void) {
    this.#onGone = onGone
  }

  numberOf(context: RpcContext): number {
    const known = this.#numbers.get(context)
    if (known !== undefined) return known
    const number = ++this.#last
    this.#numbers.set(context, number)
    if (context.notify !== undefined) this.#byNumber.set(number, context)
    context.signal.addEventListener('abort', () => {
      this.#byNumber.delete(number)
      this.#onGone(number)
    })
    return number
  }

  notify({ client, method, params }: Extract<ToRpcThread, { type: 'notify' }>): void {
    this.#byNumber.get(client)?.notify?.(method, params)
  }
}
