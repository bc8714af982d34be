import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A `takt` command in a process of its own. */
export interface TaktProcess {
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>
  /** All that it has written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the first line of stdout. @throws when the command ends without one. */
  readonly firstLine: Promise<string>
  /** Resolves with the first group of the pattern once it is found in a line of stderr. @throws when the command ends. */
  readonly logged: (pattern: RegExp) => Promise<string>
  readonly kill: (signal: NodeJS.Signals) => void
}

/** Starts the command line from source, with no variables but those given. */
export function startTakt(args: readonly string[], env: Record<string, string> = {}): TaktProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...env, HOME: process.env['HOME'], PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  const unlessEnded = async (answer: Promise<string>) =>
    Promise.race([
      answer,
      ended.then(({ exitCode }) => {
        throw new Error(`takt ended with ${exitCode}:\n${stderr}`)
      }),
    ])
  const firstLine = unlessEnded(
    new Promise((resolve) => {
      child.stdout.on('data', () => stdout.includes('\n') && resolve(stdout.split('\n')[0]!))
    }),
  )
  // Who runs a command to its end does not ask.
  firstLine.catch(() => undefined)
  return {
    ended,
    firstLine,
    logged: (pattern) =>
      unlessEnded(
        new Promise((resolve) => {
          const look = () => {
            const wholeLines = stderr.slice(0, stderr.lastIndexOf('\n') + 1)
            const found = pattern.exec(wholeLines)?.[1]
            if (found !== undefined) resolve(found)
          }
          child.stderr.on('data', look)
          look()
        }),
      ),
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
  }
}

/** Runs a command to its end. */
export async function runTakt(args: readonly string[], env?: Record<string, string>) {
  const takt = startTakt(args, env)
  const { exitCode } = await takt.ended
  return { exitCode, stdout: takt.stdout(), stderr: takt.stderr() }
}
