// Files that somebody renews while we run: certificates, keys. They are looked at again and again,
// and no watching of folders is relied on: Kubernetes and certbot swap links, and network disks
// tell of nothing. What cannot be used changes nothing: what was taken before stays in use.
import { readFile } from 'node:fs/promises'
import { ConfigError, messageOf } from './errors.ts'
import type { Logger } from './log.ts'

export interface Followed {
  stop(): void
}

const lookEveryMs = 5_000

/** `take` throws where it cannot use them: at the first time this does, later it is logged. */
export async function followFiles(
  paths: readonly string[],
  take: (texts: string[]) => void,
  log: Pick<Logger, 'info' | 'error'>,
  everyMs = lookEveryMs,
): Promise<Followed> {
  let taken = await readAll(paths)
  take(taken)
  const trouble = createTrouble(log)
  let isLooking = false
  const look = async () => {
    const texts = await readAll(paths)
    if (texts.every((text, i) => text === taken[i])) return
    take(texts)
    taken = texts
    log.info({ files: paths }, 'renewed files are in use')
  }
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look()
      .then(trouble.over, trouble.met)
      .finally(() => (isLooking = false))
  }, everyMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** Of two files one is renewed before the other: only what lasts is told, and once. */
function createTrouble(log: Pick<Logger, 'error'>) {
  let met: string | undefined
  let told: string | undefined
  return {
    over: () => {
      met = told = undefined
    },
    met: (error: unknown) => {
      const why = messageOf(error)
      if (why === met && why !== told) {
        told = why
        log.error({ err: error }, `renewed files cannot be used, those from before stay: ${why}`)
      }
      met = why
    },
  }
}

function readAll(paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map((path) =>
      readFile(path, 'utf8').catch((cause: unknown) => {
        throw new ConfigError('FILE_UNREADABLE', messageOf(cause), { cause })
      }),
    ),
  )
}
