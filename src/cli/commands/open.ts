// `open`: the web app in the browser, with a link that logs in once where a login is needed. The
// code is in the link's fragment, which no browser sends and no log has.
import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { createPool } from '../../postgres/pool.ts'
import { webUrl } from '../../server/addresses.ts'
import { userOfMachine } from '../../server/client/http.ts'
import { databaseUrl } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { randomToken } from '../../std/ids.ts'
import { hashToken } from '../../std/secrets.ts'
import { insertLoginCode } from '../../web-server/store/login.ts'
import { ownerId } from '../../web-server/store/person.ts'
import { runningSettings } from '../context.ts'
import { note, out } from '../print.ts'
import { noteAct } from './keys.ts'
import { webRuns } from '../supervisor.ts'

const codeMsMax = 10 * 60_000

export function openCommand(program: Command): void {
  program
    .command('open')
    .description('Opens the web app in the browser, with a link that logs in once.')
    .option('--print', 'prints the link only')
    .action(async (options: { print?: boolean }, command: Command) => {
      const settings = await runningSettings(command)
      const link = await webLink(settings)
      out(link)
      if (options.print) return
      if (hasDisplay()) openBrowser(link)
      else tellTunnel(settings)
    })
}

/** The app's address; where a login is needed, as a link that makes one, within ten minutes. */
async function webLink(settings: Settings): Promise<string> {
  const address = webUrl(settings)
  return entersByItself(settings) ? address : `${address}login#${await loginCode(settings)}`
}

/** What the end of a start says: the address, or why there is none. */
export async function tellWeb(settings: Settings): Promise<void> {
  if (settings.elsewhere) return // what is said goes into a log that others may read
  if (await webRuns(settings)) out(`web app    ${await webLink(settings)}`)
  else note('✗ the web app does not run: see make airbyte-status and ./tartan logs web')
}

/** As the web server decides it: the emulated world, on this machine alone. */
function entersByItself({ emulated, options }: Settings): boolean {
  const isHere = /^(127\.|::1$|localhost$)/.test(options.host)
  return emulated && options.webOpen === 'auto' && isHere && options.webUrl === undefined
}

async function loginCode(settings: Settings): Promise<string> {
  const code = randomToken()
  const pool = createPool(await databaseUrl(settings), { name: 'tartan open', connectionsMax: 1 })
  try {
    const personId = await ownerId(pool)
    await noteAct(pool, 'open', {})
    await insertLoginCode(pool, { hash: hashToken(code), personId, msMax: codeMsMax })
    return code
  } finally {
    await pool.end()
  }
}

function hasDisplay(): boolean {
  const { platform, env } = process
  if (env['SSH_CONNECTION'] !== undefined) return false
  return platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY'])
}

/** By the program that the desktop has for it; where there is none, the printed link is enough. */
function openBrowser(link: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(program, [link], { stdio: 'ignore', detached: true })
  child.on('error', () => note(`${program} is not there: open the link yourself`))
  child.unref()
}

function tellTunnel({ options }: Settings): void {
  if (options.webUrl !== undefined) return
  const port = options.webPort
  note('There is no display here. From the machine that has one:')
  note(`  ssh -L ${port}:localhost:${port} ${userOfMachine()}`)
}
