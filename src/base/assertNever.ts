import { faultOfTakt, TaktError } from './errors.ts'

/**
 * Closes a `switch` over a union: compiling fails when a case is missing, and so does running.
 *
 * @throws {TaktError} `UNREACHABLE`
 */
export function assertNever(value: never): never {
  throw new TaktError('UNREACHABLE', 'a case has come up that the program does not know', {
    context: { value },
    metaMessages: [faultOfTakt],
  })
}
