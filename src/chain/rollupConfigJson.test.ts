import { describe, expect, test } from 'vitest'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { parseRollupConfig, rollupConfigFromJson, rollupConfigToJson } from './rollupConfigJson.ts'

const valid = () => rollupConfigToJson(testRollupConfig())

/** The valid file with some top-level keys changed; `undefined` removes one. */
function withKeys(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...valid(), ...changes })
}

test('a config is the same after writing and reading', () => {
  const config = testRollupConfig('jovian', {
    pectraBlobScheduleTime: 5n,
    keepKarstUpgradeGas: true,
  })
  expect(parseRollupConfig(JSON.stringify(rollupConfigToJson(config)))).toEqual(config)
})

test('keys that only inform are passed over', () => {
  const text = withKeys({ superchain_config_address: '0x00', interop_message_expiry_window: 3600 })
  expect(parseRollupConfig(text)).toEqual(testRollupConfig())
})

test('the constants of EIP-1559 default to those of nearly every chain', () => {
  const { chainOpConfig } = parseRollupConfig(withKeys({ chain_op_config: undefined }))
  expect(chainOpConfig).toEqual({
    eip1559Elasticity: 6n,
    eip1559Denominator: 50n,
    eip1559DenominatorCanyon: 250n,
  })
})

test('a chain that starts with Fjord may leave out the sequencer drift', () => {
  expect(() => parseRollupConfig(withKeys({ max_sequencer_drift: undefined }))).not.toThrow()
  const late = { max_sequencer_drift: undefined, ...notYet('fjord') }
  expect(() => parseRollupConfig(withKeys(late))).toThrow(/max_sequencer_drift: must not be 0/)
})

test('Regolith may be left out of a file that has Canyon', () => {
  const { forkTimes } = parseRollupConfig(withKeys({ regolith_time: null }))
  expect(forkTimes.regolith).toBe(0n)
})

describe('a file that cannot be used is refused with the name of the field', () => {
  test.each([
    ['no JSON', '{', /is not JSON/],
    ['no object', '3', /rollup config/],
    ['a missing block time', withKeys({ block_time: undefined }), /block_time: expected a whole/],
    ['a block time of 0', withKeys({ block_time: 0 }), /block_time: must not be 0/],
    ['a negative window', withKeys({ seq_window_size: -1 }), /seq_window_size: must not be neg/],
    ['a number too large to be exact', withKeys({ l1_chain_id: 2 ** 60 }), /l1_chain_id/],
    ['a text for a number', withKeys({ channel_timeout: '300' }), /channel_timeout: expected a/],
    ['a short address', withKeys({ batch_inbox_address: '0x12' }), /batch_inbox_address: .* 20 b/],
    ['equal chain ids', withKeys({ l1_chain_id: 901 }), /l2_chain_id: must differ/],
    ['alternative data availability', withKeys({ alt_da: {} }), /alt_da: takt derives from Eth/],
    ['a fork of the future', withKeys({ lagoon_time: 9 }), /lagoon_time: .* does not know/],
    ['interop', withKeys({ interop_time: 0 }), /interop_time: .* does not know/],
  ])('%s', (_, text, message) => {
    expect(() => parseRollupConfig(text)).toThrow(message)
  })

  test('and the exit code of a bad file, every problem in the message', () => {
    const error = caught(withKeys({ block_time: 0, channel_timeout: 0 }))
    expect(error.exitCode).toBe(exitCodes.configFile)
    expect(error.code).toBe('ROLLUP_CONFIG_INVALID')
    expect(error.message).toMatch(/block_time.*\n.*channel_timeout/)
  })

  test('and the path of a nested one', () => {
    const json = valid() as { genesis: Record<string, unknown> }
    const genesis = { ...json.genesis, l2: { hash: '0xabc', number: 0 } }
    expect(() => rollupConfigFromJson({ ...json, genesis })).toThrow(/genesis\.l2\.hash: expected/)
  })
})

describe('forks', () => {
  test('must have the fork before them', () => {
    expect(() => parseRollupConfig(withKeys({ granite_time: undefined }))).toThrow(
      /holocene_time: is set to 0, but granite_time, the fork before, is not/,
    )
  })

  test('must come in order', () => {
    expect(() => parseRollupConfig(withKeys({ ...notYet('karst'), isthmus_time: 5 }))).toThrow(
      /jovian_time: 0 is before isthmus_time, which is 5/,
    )
  })

  test('from Jovian on need a block of their own', () => {
    const same = { isthmus_time: 2_000, jovian_time: 2_000, karst_time: 3_000 }
    expect(() => parseRollupConfig(withKeys(same))).toThrow(
      /jovian_time: 2000 is also isthmus_time/,
    )
  })

  test('before Jovian may share one', () => {
    const same = { holocene_time: 2_000, isthmus_time: 2_000, ...notYet('jovian') }
    expect(() => parseRollupConfig(withKeys(same))).not.toThrow()
  })
})

function notYet(fork: 'fjord' | 'jovian' | 'karst'): Record<string, undefined> {
  const later = ['fjord', 'granite', 'holocene', 'isthmus', 'jovian', 'karst']
  return Object.fromEntries(
    later.slice(later.indexOf(fork)).map((name) => [`${name}_time`, undefined]),
  )
}

function caught(text: string): ConfigError {
  try {
    parseRollupConfig(text)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('expected the config to be refused')
}
