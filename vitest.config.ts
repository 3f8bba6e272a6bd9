import { defineConfig } from 'vitest/config'

// The suite; or, with TARTAN_TEST_LONG, what takes longer: `beside` what may run beside others,
// `alone` what times something or fills the machine, `1` both, one file after the other.
const long = process.env['TARTAN_TEST_LONG']

const alone = [
  'test/long/{alerts,compose}.*',
  'test/long/web-{live,size}.*',
  'packages/*/test/long/webhooks.*',
]
const longer = [
  // The suite's own, longer.
  'test/engine/lives.pg.test.ts',
  'test/journeys/kills.pg.test.ts',
  'test/long/**/*.test.ts',
  'packages/*/test/long/**/*.test.ts',
]

const chosen =
  long === undefined
    ? {
        include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
        exclude: ['test/long/**', 'packages/*/test/long/**'],
      }
    : {
        include: long === 'beside' ? longer : long === 'alone' ? alone : [...longer, ...alone],
        exclude: long === 'beside' ? alone : [],
      }

export default defineConfig({
  test: {
    ...chosen,
    globalSetup: ['test/support/server.ts'],
    // They bound a hang: what takes seconds here takes long on a machine that has much else to do.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What does not hold by then never will, however busy the machine is.
    expect: { poll: { timeout: 20_000 } },
    // Of two processors a third worker uses what the others leave while they wait.
    maxWorkers: long === undefined ? 3 : 2,
    fileParallelism: long === undefined || long === 'beside',
    // A developer's own .env must not reach a test.
    env: { TARTAN_ENV_FILE: '/dev/null' },
    reporters: ['default', './test/support/tally.ts'],
  },
})
