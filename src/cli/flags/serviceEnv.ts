/** The services that send to L1. */
export type Service = 'batcher' | 'proposer'

/** The variables of one setting of a service: ours, then op-batcher's or op-proposer's. */
export function serviceEnv(service: Service, suffix: string): readonly string[] {
  return ['TAKT', 'OP'].map((prefix) => `${prefix}_${service.toUpperCase()}_${suffix}`)
}
