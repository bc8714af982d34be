import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chainParameters } from '../devnet/genesis/chainParameters.ts'
import { type DevnetL1, type L1Options, startL1 } from '../devnet/l1/l1.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'

/** A fresh anvil on a free port, which mines only when it is told to. */
export function startTestL1(options: Partial<L1Options> = {}): Promise<DevnetL1> {
  return startL1(
    {
      host: '127.0.0.1',
      port: 0,
      chainId: 900,
      genesisTime: undefined,
      gasLimit: chainParameters.l1GasLimit,
      accounts: 3,
      stateFile: undefined,
      cacheDir: join(tmpdir(), 'takt-test-anvil'),
      slotTime: 6,
      ...options,
    },
    { clock: systemClock, random: () => 0, logger: silentLogger },
  )
}
