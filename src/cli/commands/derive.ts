import { Command } from 'commander'
import { exitCodes } from '../../base/exitCodes.ts'
import { overrideForks } from '../../chain/forkOverrides.ts'
import { addFlags, readFlags } from '../flags/flag.ts'
import { chainFlags } from '../flags/nodeFlags.ts'
import { givenRollupConfig, overrideFlags, rollupFlags } from '../flags/rollupFlags.ts'
import type { CliHost } from '../host.ts'

const deriveFlags = { upgradeBundlesDir: chainFlags.upgradeBundlesDir } as const

/** `takt derive`: derivation offline, from recorded L1 data, against what it must give. */
export function deriveCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('derive')
    .description('derive L2 blocks offline from recorded L1 data, and compare with those expected')
    .argument('<folder>', 'holds rollup.json, l1_blocks.ndjson.gz and what is expected of them')
    .addHelpText('after', deriveHelp)
  addFlags(command, 'Chain:', { ...rollupFlags, ...deriveFlags })
  addFlags(command, 'Fork overrides:', overrideFlags)
  return command.action(async (folder: string) => {
    const { upgradeBundlesDir } = readFlags(command, deriveFlags, host.env)
    const given = await givenRollupConfig(command, host.env)
    const overrides = readFlags(command, overrideFlags, host.env)
    const { readVectorFolder } = await import('../derive/vectorFolder.ts')
    const { deriveVector } = await import('../derive/deriveVector.ts')
    const { readUpgradeBundles } = await import('../../node/upgradeBundles.ts')
    const bundles = await readUpgradeBundles(upgradeBundlesDir)
    const vector = await readVectorFolder(folder, given)
    const { isMatch, summary } = await deriveVector(
      { ...vector, config: overrideForks(vector.config, overrides) },
      bundles,
      (line) => host.stdout.write(`${JSON.stringify(line)}\n`),
    )
    host.stderr.write(`${summary}\n`)
    setExitCode(isMatch ? exitCodes.ok : exitCodes.internal)
  })
}

const deriveHelp = `
Prints one line of JSON for each block. Ends with 0 only if all expected blocks and channels are there and match.

Files in the folder:
  rollup.json           the rollup config, unless --chain or --rollup.config says it
  l1_blocks.ndjson.gz   consecutive L1 blocks: header, transactions, receipts
  blobs.ndjson.gz       the blobs that their transactions name
  l2_blocks.ndjson.gz   the safe head, then the blocks that must be derived
  channels.json.gz      the channels that must be read on the way

Examples:
  $ takt derive ./op-mainnet-109279674
  $ takt derive ./op-mainnet-109279674 --chain op-mainnet | jq -c 'select(.matches == false)'`
