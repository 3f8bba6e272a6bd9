// The containers, as `make compose-up` brings them up from nothing: the three queries, the ways in,
// the connector images beside them, a kill of each, a life after it, the same with TLS of their
// own, and nothing left behind.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createPool } from '../../src/postgres/pool.ts'
import { must } from '../../src/std/errors.ts'
import { Secret } from '../../src/std/secrets.ts'
import { postgresConfiguration } from '../../src/server/airbyte/desired.ts'
import { runConnectorImages } from '../support/docker/connector-images.ts'
import { dockerEngine } from '../support/docker/engine.ts'
import { ownTls } from '../support/docker/own-tls.ts'
import { readmeQueries } from '../support/readme.ts'
import { freePort } from '../support/postgres.ts'

const project = resolve(import.meta.dirname, '../..')
const MINUTES = 60_000
const SERVICES = ['plaid-api', 'airbyte-server', 'airbyte-worker', 'airbyte-webapp', 'airbyte-db']

const engine = await dockerEngine()

test.runIf(engine !== undefined)(
  'containers: from nothing to the queries, through a kill of each',
  { timeout: 12 * MINUTES },
  async () => {
    await using _ = engine
    await using tls = await ownTls()
    const ports = {
      PLAID_API_PORT: String(await freePort()),
      TARTAN_API_PORT: String(await freePort()),
      TARTAN_WEB_PORT: String(await freePort()),
      TARTAN_DATABASE_PORT: String(await freePort()),
      TARTAN_EMULATOR_PORT: String(await freePort()),
    }
    const { TARTAN_ENV_FILE: _file, ...inherited } = process.env
    let env: Record<string, string | undefined> = {
      ...inherited,
      ...engine?.env,
      ...ports,
      COMPOSE_PROJECT_NAME: 'tartan-test',
      TARTAN_IMAGE: 'tartan-test',
      COMPOSE_PROFILES: 'emulator',
      PLAID_ENV: 'emulator',
      TARTAN_EMULATOR_DATE: '2026-03-15',
    }
    const sh = async (command: string) => {
      const run = promisify(execFile)('sh', ['-c', command], { cwd: project, env })
      return (await run).stdout
    }
    const tartan = (command: string) => sh(`docker compose exec -T plaid-api tartan ${command}`)
    try {
      const said = await sh('make compose-up')
      const statsBy = async (text: string) => {
        const curl = must(/^plaid-api +(.*curl.*stats)$/m.exec(text)?.[1], 'it prints the curl')
        return JSON.parse(await sh(`${curl} --silent --fail`)) as unknown
      }
      expect(await statsBy(said)).toMatchObject({ accounts: 10 })
      expect(said).toMatch(/http:\/\/localhost:\d+\/login#\S+/)

      const addresses = {
        'plaid-api': ports.PLAID_API_PORT,
        'airbyte-server': ports.TARTAN_API_PORT,
        'airbyte-webapp': ports.TARTAN_WEB_PORT,
      }
      for (const port of Object.values(addresses)) {
        const status = async (path: string, host = '127.0.0.1') =>
          (await fetch(`http://${host}:${port}${path}`)).status
        expect([await status('/live'), await status('/ready')]).toEqual([200, 200])
      }
      const stranger = await fetch(`http://127.0.0.1:${ports.PLAID_API_PORT}/stats`)
      expect(stranger.status).toBe(401) // whoever comes over a bridge is nobody

      const warehouse = async () => {
        const { warehouse_url: url } = JSON.parse(await tartan('credentials --json')) as {
          warehouse_url: string
        }
        const outside = url.replace('@airbyte-db:5432', `@127.0.0.1:${ports.TARTAN_DATABASE_PORT}`)
        return createPool(new Secret(outside), { name: 'test', connectionsMax: 1 })
      }
      const pool = await warehouse()
      for (const query of readmeQueries()) {
        expect((await pool.query(query)).rows.length).toBeGreaterThan(0)
      }
      const { plaid_api_url, plaid_api_key, warehouse_url } = JSON.parse(
        await tartan('credentials --json'),
      ) as Record<string, string>
      await runConnectorImages({
        sh,
        network: 'tartan-test_default',
        source: { base_url: plaid_api_url, api_key: plaid_api_key },
        destination: {
          ...postgresConfiguration(new Secret(warehouse_url ?? '')),
          schema: 'of_images',
        },
      })
      for (const name of ['accounts', 'transactions']) {
        const counts = ['airbyte_plaid', 'of_images'].map(
          (schema) => `(select count(*)::int from ${schema}.${name})`,
        )
        const { rows } = await pool.query(`select ${counts.join(' = ')} as same`)
        expect([name, rows]).toEqual([name, [{ same: true }]])
      }
      await pool.end()

      const ids = await Promise.all(
        SERVICES.map(async (name) => (await sh(`docker compose ps -q ${name}`)).trim()),
      )
      for (const id of ids) await sh(`docker exec ${id} sh -c 'kill -9 -1' || true`)
      const what = '{{.RestartCount}} {{.State.Health.Status}}'
      const inspect = `docker inspect -f '${what}' ${ids.join(' ')}`
      // The database's processes have one that outlives them and mends what they left; a service
      // that meets it while it does starts once more.
      const restarts = SERVICES.map((name) => (name === 'airbyte-db' ? '0' : '[1-9]'))
      const expected = new RegExp(`^${restarts.map((count) => `${count} healthy`).join('\\n')}$`)
      await expect
        .poll(async () => (await sh(inspect)).trim(), {
          timeout: 3 * MINUTES,
          interval: 1_000,
        })
        .toMatch(expected)
      await tartan('emulator advance 30d')
      await tartan('plaid-sync')
      await tartan('sync')
      await tartan('verify') // ends with 5 where it finds a difference

      env = { ...env, ...tls.env }
      const overTls = await sh('make compose-up')
      expect(await statsBy(overTls)).toMatchObject({ accounts: 10 })
      for (const port of Object.values(addresses)) {
        const ready = `localhost:${port}/ready`
        const ask = `curl --silent --fail --cacert ${tls.ca}`
        expect(await sh(`${ask} https://${ready}`)).toMatch(/^\{/)
        await expect(sh(`${ask} http://${ready}`)).rejects.toThrow()
      }
      await tartan('sync')
      await tartan('verify')

      const image = await sh('docker run --rm --entrypoint sh tartan-test -c "id -u; ls -a /app"')
      expect(image).toMatch(/^10001\n/)
      expect(image).not.toMatch(/\.env|\.git\b/)
      const logs = await sh('docker compose logs --no-color')
      expect(logs).not.toMatch(/access-(sandbox|production|emulator)|tartan_[\w-]{20}|login#/)
    } finally {
      await sh('docker compose down --volumes --timeout 5; docker rmi -f tartan-test')
    }
    expect(await sh('docker ps -aq --filter label=com.docker.compose.project=tartan-test')).toBe('')
  },
)
