// Prometheus' own tool (Debian's package prometheus has it). Where the machine has none, the suites
// that need it say that they were skipped; under CI that is a failure.
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

export const hasPromtool = spawnSync('promtool', ['--version']).error === undefined

if (!hasPromtool) {
  const sentence = 'no promtool on this machine (Debian’s package prometheus has it)'
  if (process.env['CI'] === 'true') throw new Error(`CI needs it: ${sentence}`)
  process.stderr.write(`SKIPPED: ${sentence}\n`)
}

/** Rejects where it finds a fault. */
export function promtool(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)('promtool', args, { cwd })
}
