// One connection's life beside its model: a person does anything to source, table, connection and
// destination between two syncs, processes are killed within them, and whatever a sync says that
// succeeded is compared with what the source has.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from '../../src/postgres/pool.ts'
import { systemClock } from '../../src/std/clock.ts'
import { Warehouse } from './life-warehouse.ts'
import type { Lives } from './lives.ts'
import { postgresDefinitionId, scriptedDefinitionId } from './engine.definitions.ts'

export type Act =
  | { do: 'write'; row: number; a: string }
  | { do: 'erase'; row: number }
  | { do: 'drop' | 'truncate' | 'delete' | 'rename' | 'drop column' | 'back up' | 'drop internal' }
  | { do: 'restore'; internal: boolean; inPlace: boolean }
  | { do: 'prefix'; prefix: string }
  | { do: 'namespace'; own: boolean }
  | { do: 'fields'; fields: string[] }
  | { do: 'key'; key: string[] }
  | { do: 'cursor'; cursor: 'n' | 'm' }
  | { do: 'mode'; mode: string }
  | { do: 'schema'; schema: number }
  | { do: 'database'; database: number }
  | { do: 'pause' }

export interface Crash {
  victim: 'source' | 'destination' | 'worker' | 'pause'
  /** After so many records. */
  at: number
  /** How long the others go on before. */
  lateMs: number
}

export interface Day {
  acts: Act[]
  crash: Crash | undefined
}

/** How the stream is synced at first. */
export interface Wish {
  fields: string[]
  key: string[]
  cursor: 'n' | 'm'
  mode: string
}

interface Version {
  id: string
  part: number
  n: number
  m: number
  a: string
  b: string
  _ab_cdc_deleted_at: string | null
}

const FIELDS = ['id', 'part', 'n', 'm', 'a', 'b', '_ab_cdc_deleted_at'] as const

export class Life {
  readonly #lives: Lives
  readonly #name: string
  readonly #file: string
  readonly #warehouse: Warehouse
  #connectionId = ''
  #destinationId = ''
  /** The newest version of every row that was ever there. */
  readonly #rows = new Map<number, Version>()
  readonly #ever: Version[] = []
  #clock = 0
  readonly #wish: Wish & { prefix: string; own: boolean; schema: number; database: number }

  constructor(lives: Lives, name: string, wish: Wish) {
    this.#wish = { ...wish, prefix: '', own: false, schema: 0, database: 0 }
    this.#lives = lives
    this.#name = name
    this.#file = join(lives.engine.folder, name)
    this.#warehouse = new Warehouse(this.#internal)
  }

  get #internal(): string {
    return `${this.#name}_internal`
  }

  async begin(): Promise<void> {
    for (const row of [0, 1, 2, 3]) this.#write(row, 'first')
    this.#save()
    const { workspaceId } = this.#lives
    const source = await this.#call('POST', '/sources', {
      name: this.#name,
      workspaceId,
      definitionId: scriptedDefinitionId,
      configuration: { file: this.#file },
    })
    const destination = await this.#call('POST', '/destinations', {
      name: this.#name,
      workspaceId,
      definitionId: postgresDefinitionId,
      configuration: {
        ...this.#lives.warehouse,
        raw_data_schema: this.#internal,
        pid_file: `${this.#file}.pid`,
        ...this.#place(),
      },
    })
    this.#destinationId = destination.destinationId
    const { sourceId } = source
    const ends = { sourceId, destinationId: this.#destinationId }
    const made = await this.#call('POST', '/connections', { ...ends, ...this.#settings() })
    this.#connectionId = made.connectionId
  }

  async live({ acts, crash }: Day): Promise<void> {
    for (const act of acts) await this.#act(act)
    this.#save()
    await this.#sync(crash)
    await this.#compare()
  }

  async end(): Promise<void> {
    await this.#call('DELETE', `/connections/${this.#connectionId}`)
    const { schema } = this.#table
    for (const pool of this.#lives.databases) {
      for (const one of [schema, `${this.#name}_0`, `${this.#name}_1`, this.#internal]) {
        await pool.query(`drop schema if exists "${one}" cascade`)
      }
    }
  }

  // ------------------------------------------------------------------------ what a person does

  async #act(act: Act): Promise<void> {
    switch (act.do) {
      case 'write':
        return this.#write(act.row, act.a)
      case 'erase':
        return this.#erase(act.row)
      case 'restore':
        return this.#warehouse.restore(act.internal, act.inPlace)
      case 'pause':
        await this.#patch({ status: 'inactive' })
        return this.#patch({ status: 'active' })
      case 'schema':
      case 'database': {
        const { do: _verb, ...wish } = act
        Object.assign(this.#wish, wish)
        const configuration = this.#place()
        const path = `/destinations/${this.#destinationId}`
        await this.#call('PATCH', path, { configuration })
        return undefined
      }
      case 'prefix':
      case 'namespace':
      case 'fields':
      case 'key':
      case 'cursor':
      case 'mode': {
        const { do: _verb, ...wish } = act
        Object.assign(this.#wish, wish)
        return this.#patch(this.#settings())
      }
      default:
        return this.#warehouse.act(act.do, this.#pool, this.#table)
    }
  }

  #write(row: number, a: string): void {
    this.#put(row, { a, b: `${a} of ${row}`, _ab_cdc_deleted_at: null })
  }

  #erase(row: number): void {
    const old = this.#rows.get(row)
    if (!old || old._ab_cdc_deleted_at !== null) return
    this.#put(row, { a: old.a, b: old.b, _ab_cdc_deleted_at: '2026-01-01T00:00:00Z' })
  }

  #put(row: number, rest: Pick<Version, 'a' | 'b' | '_ab_cdc_deleted_at'>): void {
    const n = ++this.#clock
    const version = { id: `k${row >> 1}`, part: row & 1, n, m: n * 10, ...rest }
    this.#rows.set(row, version)
    this.#ever.push(version)
  }

  #save(): void {
    const versions = [...this.#rows.values()].sort((a, b) => a.n - b.n)
    writeFileSync(this.#file, JSON.stringify(versions))
  }

  #place(): object {
    const { schema, database } = this.#wish
    return {
      schema: `${this.#name}_${schema}`,
      database: this.#lives.names[database],
    }
  }

  #settings(): object {
    const { prefix, own, fields, key, cursor, mode } = this.#wish
    return {
      prefix,
      namespaceDefinition: own ? 'custom_format' : 'destination',
      ...(own ? { namespaceFormat: `${this.#name}_own` } : {}),
      configurations: {
        streams: [
          {
            name: 'items',
            syncMode: mode,
            primaryKey: key.map((field) => [field]),
            cursorField: [cursor],
            ...(fields.length > 0
              ? { selectedFields: fields.map((field) => ({ fieldPath: [field] })) }
              : {}),
          },
        ],
      },
    }
  }

  async #patch(body: object): Promise<void> {
    await this.#call('PATCH', `/connections/${this.#connectionId}`, body)
  }

  // ------------------------------------------------------------------------ a sync

  async #sync(crash: Crash | undefined): Promise<void> {
    for (const end of ['pid', 'reached', 'go', 'gate'])
      rmSync(`${this.#file}.${end}`, { force: true })
    if (crash) writeFileSync(`${this.#file}.gate`, JSON.stringify({ at: crash.at }))
    const jobId = await this.#start()
    if (crash) await this.#crash(jobId, crash)
    const status = await this.#ended(jobId)
    if (crash?.victim === 'pause' && status === 'cancelled') {
      await this.#patch({ status: 'active' })
      return this.#sync(undefined)
    }
    if (status === 'succeeded') {
      if (crash?.victim === 'pause') await this.#patch({ status: 'active' })
      return undefined
    }
    throw new Error(`the sync ${status}:\n${await this.#log(jobId)}`)
  }

  async #start(): Promise<number> {
    const body = { connectionId: this.#connectionId, jobType: 'sync' }
    return (await this.#call('POST', '/jobs', body)).jobId
  }

  async #crash(jobId: number, { victim, lateMs }: Crash): Promise<void> {
    const needed = victim === 'destination' ? ['reached', 'pid'] : ['reached']
    while (!needed.every((end) => existsSync(`${this.#file}.${end}`))) {
      if ((await this.#status(jobId)) === 'succeeded') return
      await systemClock.sleep(5)
    }
    const go = () => writeFileSync(`${this.#file}.go`, '')
    if (lateMs > 0) {
      go()
      await systemClock.sleep(lateMs)
    }
    if (victim === 'pause') await this.#patch({ status: 'inactive' })
    else if (victim === 'worker') await this.#lives.killWorkerOf(jobId)
    else this.#lives.kill(`${this.#file}.${victim === 'source' ? 'reached' : 'pid'}`)
    go()
  }

  async #ended(jobId: number): Promise<string> {
    for (;;) {
      const status = await this.#status(jobId)
      if (['succeeded', 'failed', 'cancelled'].includes(status)) return status
      await systemClock.sleep(10)
    }
  }

  async #status(jobId: number): Promise<string> {
    const found = await this.#lives.engine.pool.query<{ status: string }>(
      'select status from engine.job where id = $1',
      [jobId],
    )
    return found.rows[0]?.status ?? ''
  }

  async #log(jobId: number): Promise<string> {
    const { rows } = await this.#lives.engine.pool.query<{ line: string }>(
      `select line from engine.attempt_log join engine.attempt on attempt.id = attempt_id
       where job_id = $1 order by attempt_id, attempt_log.number`,
      [jobId],
    )
    return rows.map((row) => row.line).join('\n')
  }

  async #call(method: string, path: string, body?: object) {
    const answer = await this.#lives.engine.call(method, path, body)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  }

  // ------------------------------------------------------------------------ the model

  get #pool(): Pool {
    return this.#lives.databases[this.#wish.database]!
  }

  get #table(): { schema: string; name: string } {
    const { own, schema, prefix } = this.#wish
    return {
      schema: own ? `${this.#name}_own` : `${this.#name}_${schema}`,
      name: `${prefix}items`,
    }
  }

  async #compare(): Promise<void> {
    const { mode, key, cursor } = this.#wish
    const deduplicates = mode.includes('dedup')
    const fields = this.#fields(deduplicates)
    const found = await this.#warehouse.rows(this.#pool, this.#table, fields)
    const only = (versions: Version[]) =>
      versions.map((one) => JSON.stringify(fields.map((field) => one[field])))
    const living = [...this.#rows.values()].filter((one) => one._ab_cdc_deleted_at === null)
    const events = [...this.#rows.values()]
    if (mode.endsWith('append')) {
      // Of a history of whole reads the older ones keep the fields that they were read with.
      const fewer = mode.startsWith('full')
      const ever = only(this.#ever)
      const missing = only(mode.startsWith('full') ? living : events).filter(
        (one) => !found.includes(one),
      )
      const strange = found.filter((one) => !ever.some((it) => same(one, it, fewer)))
      if (missing.length + strange.length > 0) throw this.#wrong({ missing, strange, found })
      return
    }
    const from = mode.startsWith('full') ? living : events
    const newest = new Map<string, Version>()
    for (const one of from.toSorted((a, b) => a[cursor] - b[cursor])) {
      const fieldsOfKey = deduplicates ? key : ['id', 'part']
      const place = fieldsOfKey.map((field) => one[field as 'id' | 'part']).join()
      newest.set(place, one)
    }
    const kept = [...newest.values()].filter((one) => one._ab_cdc_deleted_at === null)
    const expected = only(kept).sort()
    if (JSON.stringify(expected) !== JSON.stringify(found.toSorted())) {
      throw this.#wrong({ expected, found })
    }
  }

  /** The selected ones, and those that are selected always. */
  #fields(deduplicates: boolean): (keyof Version)[] {
    const { fields, key, cursor, mode } = this.#wish
    const cursors = deduplicates || mode.startsWith('incremental') ? [cursor] : []
    const needed = [...(deduplicates ? key : []), ...cursors]
    const chosen = FIELDS.filter(
      (field) => fields.length === 0 || fields.includes(field) || needed.includes(field),
    )
    const marks = fields.length === 0 || deduplicates ? [] : (['_ab_cdc_deleted_at'] as const)
    const all = [...new Set([...chosen, ...marks])]
    return deduplicates ? all.filter((field) => field !== '_ab_cdc_deleted_at') : all
  }

  #wrong(what: object): Error {
    const told = JSON.stringify({ wish: this.#wish, table: this.#table, ...what }, null, 1)
    return new Error(`the table is not what the source has: ${told}`)
  }
}

/** `fewer`: what is null in the row may be there in the version. */
function same(row: string, version: string, fewer: boolean): boolean {
  if (row === version || !fewer) return row === version
  const values = JSON.parse(version) as unknown[]
  return (JSON.parse(row) as unknown[]).every((one, i) => one === null || one === values[i])
}
