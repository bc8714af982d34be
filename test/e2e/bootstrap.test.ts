import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const notCloned = new Set(['node_modules', '.git', 'dist', 'artifacts', '.takt', 'coverage'])

// A clone with its packages linked, so that no registry is needed, and a Node that is not the pinned one.
let clone: string
let otherNode: string

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'takt-bootstrap-'))
  clone = join(folder, 'clone')
  otherNode = join(folder, 'node')
  cpSync(root, clone, { recursive: true, filter: (path) => !notCloned.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
  copyFileSync(process.execPath, otherNode)
})

afterAll(() => rmSync(join(clone, '..'), { recursive: true, force: true }))

test('the first run compiles the contracts, then runs the command on the pinned Node', () => {
  const first = takt('version')
  expect(first.stderr).toContain('compiling the contracts … done')
  expect(first.stdout).toMatch(/^takt \d+\.\d+\.\d+ \(Node 24\.\d+\.\d+\)\n$/)
  expect(existsSync(join(clone, 'artifacts', 'contracts.json'))).toBe(true)
})

test('the next run has nothing to set up and passes arguments and exit code', () => {
  const next = takt('engine', '--no-such-flag')
  expect(next.status).toBe(2)
  expect(next.stdout).toBe('')
  expect(next.stderr).toMatch(/^error USAGE unknown option '--no-such-flag'/)
})

test('a command does not outlive the process that stands in for it', async () => {
  writeFileSync(
    join(clone, 'waits.mjs'),
    'console.log(process.pid)\nsetInterval(() => {}, 1_000)\n',
  )
  const standIn = spawn(otherNode, [join(clone, 'scripts', 'bootstrap.mjs'), 'waits.mjs'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(standIn.stdout, 'data')
  const pid = Number(String(line))
  expect(pid).not.toBe(standIn.pid)
  standIn.kill('SIGKILL')
  await expect.poll(() => isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function takt(...args: string[]) {
  return spawnSync(otherNode, [join(clone, 'bin', 'takt'), ...args], {
    cwd: tmpdir(),
    // No npm within reach: run on the linked folder, `npm ci` would empty the original.
    env: { PATH: '' },
    encoding: 'utf8',
  })
}
