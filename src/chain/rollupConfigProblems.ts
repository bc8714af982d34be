import { zeroAddress, zeroHash } from '../base/hex.ts'
import { scheduledForks } from './forks.ts'
import type { RollupConfig } from './rollupConfig.ts'

/**
 * The rules that a rollup config breaks, each as `field: what is wrong`; empty for a usable one.
 *
 * Covers what no type says: values that must not be zero, ids that must differ, and the order of forks.
 */
export function rollupConfigProblems(config: RollupConfig): string[] {
  const { genesis } = config
  const rules: readonly (readonly [holds: boolean, problem: string])[] = [
    [config.blockTime > 0n, 'block_time: must not be 0'],
    [config.channelTimeout > 0n, 'channel_timeout: must not be 0'],
    [config.seqWindowSize >= 2n, 'seq_window_size: must be at least 2'],
    [
      config.maxSequencerDrift > 0n,
      'max_sequencer_drift: must not be 0 unless Fjord is active at genesis',
    ],
    [genesis.l1.hash !== zeroHash, 'genesis.l1.hash: must not be zero'],
    [genesis.l2.hash !== zeroHash, 'genesis.l2.hash: must not be zero'],
    [genesis.l1.hash !== genesis.l2.hash, 'genesis.l2.hash: must differ from genesis.l1.hash'],
    [genesis.l2Time > 0n, 'genesis.l2_time: must not be 0'],
    [
      genesis.systemConfig.batcherAddress !== zeroAddress,
      'genesis.system_config.batcherAddr: must not be zero',
    ],
    [genesis.systemConfig.scalar !== zeroHash, 'genesis.system_config.scalar: must not be zero'],
    [genesis.systemConfig.gasLimit > 0n, 'genesis.system_config.gasLimit: must not be 0'],
    [config.batchInboxAddress !== zeroAddress, 'batch_inbox_address: must not be zero'],
    [config.depositContractAddress !== zeroAddress, 'deposit_contract_address: must not be zero'],
    [config.l1ChainId > 0n, 'l1_chain_id: must not be 0'],
    [config.l2ChainId > 0n, 'l2_chain_id: must not be 0'],
    [config.l1ChainId !== config.l2ChainId, 'l2_chain_id: must differ from l1_chain_id'],
    [
      config.chainOpConfig.eip1559Elasticity > 0n,
      'chain_op_config.eip1559Elasticity: must not be 0',
    ],
    [
      config.chainOpConfig.eip1559Denominator > 0n &&
        config.chainOpConfig.eip1559DenominatorCanyon > 0n,
      'chain_op_config.eip1559Denominator: must not be 0, nor may eip1559DenominatorCanyon',
    ],
  ]
  return [
    ...rules.filter(([holds]) => !holds).map(([, problem]) => problem),
    ...forkOrderProblems(config),
  ]
}

const jovian = scheduledForks.indexOf('jovian')

function forkOrderProblems(config: RollupConfig): string[] {
  const problems: string[] = []
  scheduledForks.forEach((fork, index) => {
    const previous = scheduledForks[index - 1]
    const time = config.forkTimes[fork]
    if (previous === undefined || time === undefined) return
    const previousTime = config.forkTimes[previous]
    if (previousTime === undefined) {
      problems.push(
        `${fork}_time: is set to ${time}, but ${previous}_time, the fork before, is not`,
      )
    } else if (previousTime > time) {
      problems.push(`${fork}_time: ${time} is before ${previous}_time, which is ${previousTime}`)
    } else if (index >= jovian && previousTime === time && time > config.genesis.l2Time) {
      problems.push(
        `${fork}_time: ${time} is also ${previous}_time; from Jovian on each fork needs a block of its own`,
      )
    }
  })
  return problems
}
