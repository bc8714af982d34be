import type { Address, Hash } from '../base/hex.ts'

/** A withdrawal of L1's consensus layer. The L2 never has one, but the field must be an empty list. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: Address
  /** Gwei. */
  readonly amount: bigint
}

/**
 * What an L2 block is to be built from: the OP Stack's extension of the Engine API's attributes.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#extended-payloadattributesv1
 */
export interface PayloadAttributes {
  readonly timestamp: bigint
  readonly prevRandao: Hash
  readonly suggestedFeeRecipient: Address
  /** From Canyon: the empty list. */
  readonly withdrawals: readonly Withdrawal[] | undefined
  /** From Ecotone. */
  readonly parentBeaconBlockRoot: Hash | undefined
  /** EIP-2718 bytes that begin the block, deposits first. */
  readonly transactions: readonly Uint8Array[]
  /** True when nothing from the transaction pool may follow `transactions`. */
  readonly noTxPool: boolean
  readonly gasLimit: bigint
  /** From Holocene: denominator and elasticity, 4 bytes each; all zero stands for the chain's constants. */
  readonly eip1559Params: Uint8Array | undefined
  /** From Jovian, wei. */
  readonly minBaseFee: bigint | undefined
}

/** A block as the Engine API carries it. `undefined` fields do not exist before their fork. */
export interface ExecutionPayload {
  readonly parentHash: Hash
  readonly feeRecipient: Address
  readonly stateRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly prevRandao: Hash
  readonly blockNumber: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly timestamp: bigint
  readonly extraData: Uint8Array
  readonly baseFeePerGas: bigint
  readonly blockHash: Hash
  readonly transactions: readonly Uint8Array[]
  /** From Canyon. */
  readonly withdrawals: readonly Withdrawal[] | undefined
  /** From Ecotone; from Jovian on, the block's DA footprint. */
  readonly blobGasUsed: bigint | undefined
  /** From Ecotone. */
  readonly excessBlobGas: bigint | undefined
  /** From Isthmus: storage root of the L2ToL1MessagePasser. */
  readonly withdrawalsRoot: Hash | undefined
}

/** A payload with the one header field that it lacks. */
export interface PayloadEnvelope {
  readonly executionPayload: ExecutionPayload
  /** From Ecotone. */
  readonly parentBeaconBlockRoot: Hash | undefined
}
