import { expect, it } from 'vitest'
import { assertNever } from './assertNever.ts'
import { TaktError } from './errors.ts'

it('a case that nobody foresaw ends with an error that shows it, counts included', () => {
  const unforeseen = { type: 'new', number: 7n } as never
  expect(() => assertNever(unforeseen)).toThrow(TaktError)
  expect(() => assertNever(unforeseen)).toThrow(
    expect.objectContaining({ code: 'UNREACHABLE', context: { value: unforeseen } }),
  )
})
