// Makes a fresh clone ready and runs one of its programs on the Node that the project pins.
//
//   node scripts/bootstrap.mjs [<program> [argument]...]
//
// <program> is a path below the project, such as src/cli/main.ts. Without one the clone is only set up.
// Plain JavaScript for Node 20 with nothing but Node's own modules: it runs before anything is installed.
// Standard output belongs to the program; set-up reports on standard error.

import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const at = (...path) => join(root, ...path)
const isWindows = process.platform === 'win32'
const missingPrerequisite = 8
// Names the process that stands in for the one it has started.
const standInVariable = 'TAKT_STAND_IN'

const pinnedNode = at('node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node')
const artifact = at('artifacts', 'contracts.json')

const [program, ...args] = process.argv.slice(2)

if (!isReady()) {
  const unlock = lock()
  try {
    setUp()
  } finally {
    unlock()
  }
}
if (program !== undefined) await run(at(program), args)

function isReady() {
  return packagesMatchLockfile() && nodeBinary() !== undefined && !contractsAreStale()
}

function setUp() {
  if (!packagesMatchLockfile()) {
    step('installing the dependencies (npm ci)', () => npm(['ci', '--loglevel=error']))
  }
  if (nodeBinary() === undefined) {
    // The package links the binary of this platform in an install script, which npm may be told to skip.
    step('linking the pinned Node', () =>
      spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
        cwd: at('node_modules', 'node'),
        env: environment(),
        encoding: 'utf8',
      }),
    )
    if (nodeBinary() === undefined) {
      fail('the pinned Node does not run on this platform', 'install Node 22.18 or newer')
    }
  }
  if (contractsAreStale()) {
    step('compiling the contracts', () =>
      spawnSync(nodeBinary(), [at('scripts', 'buildContracts.ts')], {
        cwd: root,
        encoding: 'utf8',
      }),
    )
  }
}

/** Runs the program in this process where this is the right Node, else in a child that stands in for it. */
async function run(file, programArgs) {
  const node = nodeBinary()
  if (isSameFile(node, process.execPath)) {
    process.argv = [process.execPath, file, ...programArgs]
    stopWithParent(() => process.kill(process.pid, 'SIGTERM'))
    const { enableCompileCache } = await import('node:module')
    enableCompileCache(at('node_modules', '.cache', 'compile'))
    await import(pathToFileURL(file).href)
    return
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), program, ...programArgs], {
    stdio: 'inherit',
    env: { ...process.env, [standInVariable]: String(process.pid) },
  })
  // A terminal sends its signals to the child as well; takt takes two at the same time for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  stopWithParent(() => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
  })
}

/**
 * npm passes SIGINT and SIGTERM to what runs its script, which `exec` in package.json makes this process and
 * not a shell that would keep them. One that was killed passes nothing on, and neither does a killed process that
 * stands in for this one: losing it is a wish to stop.
 */
function stopWithParent(stop) {
  const parent = process.ppid
  const { npm_lifecycle_event: npmScript, [standInVariable]: standIn } = process.env
  if (npmScript === undefined && standIn !== String(parent)) return
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 250)
  timer.unref()
}

/** The pinned Node; or this one where the pinned one could not be installed and this one is new enough. */
function nodeBinary() {
  if (existsSync(pinnedNode)) return pinnedNode
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18) ? process.execPath : undefined
}

function isSameFile(a, b) {
  const left = statSync(a)
  const right = statSync(b)
  return left.ino === right.ino && left.dev === right.dev
}

/** Compares what npm has installed with what the lockfile wants, as npm itself records both. */
function packagesMatchLockfile() {
  let installed
  try {
    installed = JSON.parse(readFileSync(at('node_modules', '.package-lock.json'), 'utf8')).packages
  } catch {
    return false
  }
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const present = installed[path]
    // Optional packages of other platforms stay away.
    if (present === undefined) return entry.optional === true
    const isSame = entry.integrity === undefined || present.integrity === entry.integrity
    return isSame && present.version === entry.version
  })
}

/** Like make: the artifact must be younger than all that it is made from. */
function contractsAreStale() {
  if (!existsSync(at('scripts', 'buildContracts.ts'))) return false
  if (!existsSync(artifact)) return true
  const builtMs = statSync(artifact).mtimeMs
  const sources = readdirSync(at('contracts'))
    .filter((name) => name.endsWith('.sol'))
    .map((name) => at('contracts', name))
  return [at('scripts', 'buildContracts.ts'), ...sources].some(
    (file) => statSync(file).mtimeMs > builtMs,
  )
}

function npm(npmArgs) {
  const options = { cwd: root, env: environment(), encoding: 'utf8', shell: isWindows }
  return spawnSync('npm', npmArgs, options)
}

/** The caller's environment without this project's programs: npm must not run on a Node that it replaces. */
function environment() {
  const paths = (process.env.PATH ?? '').split(delimiter)
  const own = at('node_modules', '.bin')
  return { ...process.env, PATH: paths.filter((path) => path !== own).join(delimiter) }
}

/** Says what is being done, and shows the output of it only when it fails. */
function step(what, action) {
  const startedMs = Date.now()
  process.stderr.write(`takt: ${what} …`)
  const { status, stdout, stderr, error } = action()
  if (status === 0) {
    process.stderr.write(` done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`)
    return
  }
  process.stderr.write(` failed\n${stdout ?? ''}${stderr ?? ''}`)
  fail(`${what} failed${error ? `: ${error.message}` : ''}`, 'look at the output above, then again')
}

function fail(problem, advice) {
  process.stderr.write(`takt: ${problem}\ntry: ${advice}\n`)
  process.exit(missingPrerequisite)
}

/** Keeps two first starts from installing at the same time. Returns how to open the lock. */
function lock() {
  const file = at('.takt', 'setup.lock')
  mkdirSync(at('.takt'), { recursive: true })
  for (let waits = 0; ; waits++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      // `process.exit` skips `finally`.
      const unlock = () => rmSync(file, { force: true })
      process.once('exit', unlock)
      return unlock
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isHeld(file)) {
      rmSync(file, { force: true })
      continue
    }
    if (waits === 0) process.stderr.write('takt: waiting for another set-up of this clone …\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
}

function isHeld(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
