import { defineConfig } from 'vitest/config'

// `npm test` is the suite; `npm run test:long` the one that kills things for minutes.
const long = process.env['TARTAN_TEST_LONG'] === '1'

export default defineConfig({
  test: {
    include: long
      ? [
          'test/long/**/*.test.ts',
          'packages/*/test/long/**/*.test.ts',
          'test/journeys/kills.pg.test.ts',
          'test/engine/lives.pg.test.ts',
        ]
      : ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    exclude: long ? [] : ['test/long/**', 'packages/*/test/long/**'],
    globalSetup: ['test/support/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What does not hold by then never will, however busy the machine is.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    // What times a start must not share the processor with what kills things.
    fileParallelism: !long,
    // A developer's own .env must not reach a test.
    env: { TARTAN_ENV_FILE: '/dev/null', ...(long ? { TARTAN_KILL_ROUNDS: '2' } : {}) },
    reporters: ['default', './test/support/tally.ts'],
  },
})
