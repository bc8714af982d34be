import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A `takt` command in a process of its own. */
export interface TaktProcess {
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>
  /** All that it has written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves once stderr holds the text. @throws when the command ends without having said it. */
  readonly says: (text: string) => Promise<void>
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
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve()
      child.stderr.on('data', look)
      look()
      ended.then(({ exitCode }) => {
        reject(new Error(`takt ended with ${exitCode} and never said ${text}:\n${stderr}`))
      })
    })
  return { ended, stdout: () => stdout, stderr: () => stderr, says, kill: (s) => child.kill(s) }
}

/** Runs a command to its end. */
export async function runTakt(args: readonly string[], env?: Record<string, string>) {
  const takt = startTakt(args, env)
  const { exitCode } = await takt.ended
  return { exitCode, stdout: takt.stdout(), stderr: takt.stderr() }
}
