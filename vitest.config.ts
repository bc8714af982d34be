import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // For what hangs alone. No test depends on how fast the machine is, so none has limits of its own.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 300_000 } },
    // Of its own accord vitest leaves a core free; tests with real processes mostly wait.
    maxWorkers: '100%',
  },
})
