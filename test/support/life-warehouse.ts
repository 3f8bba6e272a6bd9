// What a person does to the tables of a life, and what is in them.
import type { Pool } from '../../src/postgres/pool.ts'

export interface Place {
  schema: string
  name: string
}

interface Backup {
  pool: Pool
  table: Place
  copy: Place
  fence: Place | undefined
}

export class Warehouse {
  readonly #internal: string
  readonly #fence: Place
  #backup: Backup | undefined
  #count = 0

  constructor(internal: string) {
    this.#internal = internal
    this.#fence = { schema: internal, name: 'fence' }
  }

  async act(
    act: 'drop' | 'truncate' | 'delete' | 'rename' | 'drop column' | 'back up' | 'drop internal',
    pool: Pool,
    table: Place,
  ): Promise<void> {
    if (act === 'drop internal') {
      await pool.query(`drop schema if exists "${this.#internal}" cascade`)
      return
    }
    if (!(await exists(pool, table))) return
    this.#count += 1
    const statements = {
      drop: `drop table ${quoted(table)}`,
      truncate: `truncate ${quoted(table)}`,
      delete: `delete from ${quoted(table)}`,
      'drop column': `alter table ${quoted(table)} drop column if exists "a"`,
      rename: `alter table ${quoted(table)} rename to "old_${this.#count}"`,
    }
    if (act === 'back up') await this.#back(pool, table)
    else await pool.query(statements[act])
  }

  async #back(pool: Pool, table: Place): Promise<void> {
    const copy = { schema: table.schema, name: `copy_${this.#count}` }
    await copied(pool, table, copy)
    const fence = { schema: table.schema, name: `fence_${this.#count}` }
    const has = await exists(pool, this.#fence)
    if (has) await copied(pool, this.#fence, fence)
    this.#backup = { pool, table, copy, fence: has ? fence : undefined }
  }

  /**
   * As it was then: made anew, as pg_restore does it, or the rows alone. Rows that come back alone,
   * without what stood beside them, are told from the ones that were there by a row that they lack:
   * not where the last commit did nothing but delete.
   */
  async restore(internal: boolean, inPlace: boolean): Promise<void> {
    if (!this.#backup) return
    const { pool, table, copy, fence } = this.#backup
    if (!(await exists(pool, copy))) return
    const beside = inPlace && internal && (await exists(pool, table))
    if (beside) await pool.query(`delete from ${quoted(table)}`)
    else await pool.query(`drop table if exists ${quoted(table)}`)
    await (beside ? poured(pool, copy, table) : copied(pool, copy, table))
    if (!internal) return
    if (await exists(pool, this.#fence)) await pool.query(`delete from ${quoted(this.#fence)}`)
    if (fence && (await exists(pool, this.#fence))) await poured(pool, fence, this.#fence)
  }

  async rows(pool: Pool, table: Place, fields: readonly string[]): Promise<string[]> {
    const columns = fields.map((field) =>
      field === '_ab_cdc_deleted_at'
        ? `to_char("${field}", 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
        : `"${field}"`,
    )
    const found = await pool.query<{ row: unknown[] }>(
      `select json_build_array(${columns.join(', ')}) as row from ${quoted(table)}`,
    )
    return found.rows.map(({ row }) => JSON.stringify(row))
  }
}

async function exists(pool: Pool, table: Place): Promise<boolean> {
  const found = await pool.query('select to_regclass($1) is not null as found', [quoted(table)])
  return found.rows[0]?.found === true
}

async function copied(pool: Pool, from: Place, to: Place): Promise<void> {
  await pool.query(`create table ${quoted(to)} (like ${quoted(from)} including all)`)
  await poured(pool, from, to)
}

async function poured(pool: Pool, from: Place, to: Place): Promise<void> {
  const { rows } = await pool.query<{ names: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [quoted(from)],
  )
  const names = rows[0]?.names ?? ''
  await pool.query(`insert into ${quoted(to)} (${names}) select ${names} from ${quoted(from)}`)
}

function quoted({ schema, name }: Place): string {
  return `"${schema}"."${name}"`
}
