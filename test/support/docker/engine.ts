// A Docker engine with compose: the machine's own, or, as CI asks for it, one that is made here
// (engine.sh) and taken away again. Undefined, with a word why, where there is neither.
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'engine.sh')
const makeMsMax = 8 * 60_000

export interface Engine extends AsyncDisposable {
  env: Record<string, string>
}

export async function dockerEngine(): Promise<Engine | undefined> {
  if (await run('docker', ['compose', 'version']).then(engineAnswers, () => false)) {
    return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  if (process.env['CI'] !== 'true') {
    process.stderr.write('SKIPPED: no containers without a Docker engine and its compose\n')
    return undefined
  }
  const folder = await mkdtemp(join(tmpdir(), 'tartan-docker-'))
  const stop = async () => void (await run('bash', [script, 'stop', folder]))
  try {
    const { stdout } = await run('bash', [script, 'start', folder], { timeout: makeMsMax })
    const env = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    )
    return { env: env as Record<string, string>, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function engineAnswers(): Promise<boolean> {
  return run('docker', ['info']).then(
    () => true,
    () => false,
  )
}
