import { loggable } from '../../runtime/loggable.ts'
import type { LogFields, Logger } from '../../runtime/logger.ts'
import type { FromEngine } from './messages.ts'

/** A log that is written by the main thread. Fields become plain data, which is all that can cross. */
export function createPortLogger(
  send: (message: FromEngine) => void,
  fixed: LogFields = {},
): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (message: string, fields?: LogFields) => {
      const all = Object.entries({ ...fixed, ...fields })
      const plain = Object.fromEntries(all.map(([name, value]) => [name, loggable(value)]))
      send({ type: 'log', level, message, fields: plain })
    }
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createPortLogger(send, { ...fixed, ...fields }),
  }
}
