import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    // Of its own accord vitest leaves a core free; tests with real processes mostly wait.
    maxWorkers: '100%',
  },
})
