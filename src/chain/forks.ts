/**
 * The forks of the OP Stack, oldest first. Order is meaning: a fork contains all before it.
 *
 * @see https://specs.optimism.io/protocol/superchain-upgrades.html
 */
export const forks = [
  'bedrock',
  'regolith',
  'canyon',
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
  'karst',
] as const

export type Fork = (typeof forks)[number]
