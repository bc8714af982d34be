// Runs every check of the project, all of them also when one fails, and sums up.
//
//   node scripts/check.ts

import { spawnSync } from 'node:child_process'

const checks = ['types', 'lint', 'layers', 'unused', 'test']

const results = checks.map((name) => {
  console.error(`\n--- ${name}`)
  const startedMs = performance.now()
  const { status } = spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit' })
  return { name, isGood: status === 0, seconds: (performance.now() - startedMs) / 1000 }
})

console.error('')
for (const { name, isGood, seconds } of results) {
  console.error(`${isGood ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds.toFixed(1)} s`)
}
process.exitCode = results.every(({ isGood }) => isGood) ? 0 : 1
