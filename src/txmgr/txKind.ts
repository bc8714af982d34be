import type { UnsignedTransaction } from './interface.ts'

/** Whether a transaction carries blobs. Pools take one kind of an account at a time. */
export type TxKind = 'plain' | 'blobs'

/** The kind of a transaction. */
export function kindOf({ blobs }: Pick<UnsignedTransaction, 'blobs'>): TxKind {
  return blobs === undefined ? 'plain' : 'blobs'
}

/** The kind that keeps one of the given kind out of a pool. */
export function otherKind(kind: TxKind): TxKind {
  return kind === 'plain' ? 'blobs' : 'plain'
}
