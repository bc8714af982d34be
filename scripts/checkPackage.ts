// Packs takt as npm would publish it and checks the tarball: its metadata, its types as other projects resolve them,
// and that every entry can be imported and the command runs, with no file but the packed ones.
//
//   node scripts/checkPackage.ts

import { execFileSync } from 'node:child_process'
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
  importEverything(tarball)
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

/** Installs the tarball without npm, beside links to its dependencies, and uses it from outside. */
function importEverything(tarball: string) {
  const modules = join(folder, 'project', 'node_modules')
  const installed = join(modules, 'takt')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  const { dependencies, exports } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  )
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  const entries = Object.keys(exports).filter((path) => !path.endsWith('.json'))
  const script = entries
    .map((path) => `await import(${JSON.stringify(`takt${path.slice(1)}`)})`)
    .join('\n')
  writeFileSync(join(folder, 'project', 'all.mjs'), script)
  execFileSync(process.execPath, ['all.mjs'], { cwd: join(folder, 'project'), stdio: 'inherit' })
  run(process.execPath, [join(installed, 'bin', 'takt'), 'version'])
  console.error(`imported ${entries.join(', ')}`)
}

function run(command: string, args: readonly string[]) {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
}
