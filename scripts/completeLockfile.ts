// Completes package-lock.json after `npm install`.
//
// Packages with native parts name one optional package per platform. npm leaves out those that the registry at hand
// does not carry, and then `npm ci` refuses the lockfile, on every machine. This adds their entries: name, version and
// platform. They have no integrity hash, so npm takes what the registry of that platform's user serves.
//
//   node scripts/completeLockfile.ts

import { readFileSync, writeFileSync } from 'node:fs'

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> }

const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {}).flatMap(([name, version]) => {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
    if (places.some((place) => place in lock.packages)) return []
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
      throw new Error(`${path} wants ${name} ${version}: only exact versions can be locked unseen`)
    }
    const { dev, license } = entry
    return [[`node_modules/${name}`, { version, dev, license, optional: true, ...platform(name) }]]
  }),
)
const packages = Object.entries(lock.packages).concat(missing as [string, LockEntry][])
packages.sort(([a], [b]) => a.localeCompare(b, 'en'))
writeFileSync(
  file,
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
)
console.error(`added ${missing.length} packages of other platforms`)

/** What a package's name says of where it runs, in the words of package.json. */
function platform(name: string) {
  const words = name.split(/[^a-z0-9]+/)
  const os = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'].find((known) =>
    words.includes(known),
  )
  const cpu = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'].find((known) =>
    words.includes(known === 'x64' && words.includes('amd64') ? 'amd64' : known),
  )
  if (os === undefined || cpu === undefined) {
    throw new Error(`the name ${name} does not say which platform it is for`)
  }
  const libc =
    os !== 'linux'
      ? undefined
      : words.some((word) => word.startsWith('musl'))
        ? 'musl'
        : words.some((word) => word.startsWith('gnu'))
          ? 'glibc'
          : undefined
  return { os: [os], cpu: [cpu], libc: libc === undefined ? undefined : [libc] }
}
