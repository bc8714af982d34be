// Packs takt as npm would publish it and checks the tarball: its metadata, its types as other projects resolve them,
// that every entry can be imported, and that the command brings up a devnet, with no file but the packed ones.
//
//   node scripts/checkPackage.ts

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'takt-pack-'))

try {
  const tarball = pack()
  run('publint', ['run', tarball, '--strict'])
  run('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'])
  const { project, takt, entries } = install(tarball)
  importAll(entries, project)
  run(process.execPath, [takt, 'version'])
  await startDevnet(takt)
  console.error('package is good')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function pack(): string {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // The build prints before npm does.
  const [{ filename, files, unpackedSize }] = JSON.parse(output.slice(output.search(/^\[/m)))
  console.error(`${filename}: ${files.length} files, ${(unpackedSize / 1e6).toFixed(1)} MB`)
  return join(folder, filename)
}

/** Installs the tarball without npm: its files, beside links to its dependencies. */
function install(tarball: string) {
  const project = join(folder, 'project')
  const modules = join(project, 'node_modules')
  const installed = join(modules, 'takt')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  const { dependencies, exports } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  )
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  const entries = Object.keys(exports).filter((path) => !path.endsWith('.json'))
  return { project, takt: join(installed, 'bin', 'takt'), entries }
}

function importAll(entries: readonly string[], project: string) {
  const names = entries.map((path) => `takt${path.slice(1)}`)
  const script = join(project, 'all.mjs')
  writeFileSync(script, names.map((name) => `await import('${name}')\n`).join(''))
  run(process.execPath, [script])
  console.error(`imported ${names.join(', ')}`)
}

/** The engine's thread, the contracts and anvil are found by path: only running shows that they are there. */
async function startDevnet(takt: string) {
  const ports = ['l1', 'l2', 'node', 'engine', 'control'].map((name) => `--${name}-port=0`)
  const child = spawn(process.execPath, [takt, 'devnet', '--json', ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), ended])
  child.kill('SIGTERM')
  const [exitCode] = await ended
  if (exitCode !== 0 || !URL.canParse(JSON.parse(String(line)).l2.rpcUrl)) {
    throw new Error(`the packed devnet ended with ${exitCode}`)
  }
  console.error('started a devnet')
}

/** What a step says is shown only when it fails. */
function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
  })
  if (status === 0) return
  console.error(stdout, stderr)
  throw error ?? new Error(`${command} ${args.join(' ')} failed`)
}
