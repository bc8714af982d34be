import { expect, test } from 'vitest'
import { resolveDevnetOptions } from '../resolveDevnetOptions.ts'
import { assertUpgradeBundles } from './assertUpgradeBundles.ts'

test('a fork ahead whose upgrade transactions are nowhere is refused before anything starts', async () => {
  const options = resolveDevnetOptions({ fork: 'isthmus', upgrades: { jovian: 10, karst: 20 } })
  await expect(assertUpgradeBundles(options)).rejects.toMatchObject({
    code: 'UPGRADE_BUNDLE_MISSING',
    exitCode: 2,
    context: { forks: ['jovian', 'karst'] },
  })
})

test('forks that bring none, and those that the chain begins with, need no folder', async () => {
  const options = resolveDevnetOptions({ fork: 'granite', upgrades: { holocene: 10 } })
  await expect(assertUpgradeBundles(options)).resolves.toBeUndefined()
})
