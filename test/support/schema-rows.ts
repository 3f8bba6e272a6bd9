// Rows for every table of a schema, whichever tables it has: one with all columns, and one with
// none but those that must be there. Their texts, numbers and ids are the same in every table, so
// that what refers to another finds it.
import { quoteIdent } from '../../src/postgres/identifier.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { many, sql } from '../../src/postgres/query.ts'

interface Column {
  name: string
  type: string
  /** It must be given. */
  required: boolean
  /** The values that a check names. */
  choices: string[]
}

interface Table {
  name: string
  columns: Column[]
}

/** Into tables that have no row of it yet. */
export async function fillTables(pool: Pool, schema: string): Promise<void> {
  const waiting = await tablesOf(pool, schema)
  for (let tries = 0; waiting.length > 0 && tries < 100; tries++) {
    const table = waiting.shift()!
    try {
      for (const full of [true, false]) await insert(pool, schema, table, full)
    } catch (error) {
      const refersToLater = error instanceof Error && error.message.includes('foreign key')
      if (!refersToLater) throw error
      waiting.push(table)
    }
  }
  if (waiting.length > 0) throw new Error(`no row for ${waiting.map(({ name }) => name).join()}`)
}

async function insert(pool: Pool, schema: string, table: Table, full: boolean): Promise<void> {
  const given = table.columns.filter(({ required }) => full || required)
  const names = given.map(({ name }) => quoteIdent(name)).join(', ')
  const n = full ? 1 : 2
  const values = given.map((column) => column.choices[n - 1] ?? valueOf(column, n))
  const into = `${quoteIdent(schema)}.${quoteIdent(table.name)}`
  const text = `insert into ${into} (${names}) overriding system value
                values (${given.map((_, i) => `$${i + 1}`).join()}) on conflict do nothing`
  await pool.query(text, values)
}

/** Parts of a JSON object, without its opening brace. */
const bodies = new Set(['body', 'bank', 'ids'])

function valueOf({ name, type }: Column, n: number): unknown {
  if (type === 'text' && bodies.has(name)) return `"n":${n}}`
  if (type === 'boolean') return true
  if (type === 'uuid') return `00000000-0000-4000-8000-00000000000${n}`
  if (type.startsWith('timestamp') || type === 'date') return `2026-01-0${n}T00:00:00Z`
  if (type.endsWith('[]')) return []
  if (type.startsWith('json')) return JSON.stringify({ n })
  if (type === 'bytea') return Buffer.from([n])
  return type === 'text' ? `x${n}` : n
}

function tablesOf(pool: Pool, schema: string): Promise<Table[]> {
  return many(
    pool,
    sql`select c.relname as name, json_agg(json_build_object(
          'name', a.attname, 'type', format_type(a.atttypid, null),
          'required', a.attnotnull and (not a.atthasdef and a.attidentity = '' or exists (
            select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'
              and a.attnum = any (k.conkey))),
          'choices', array(
            select value[1] from pg_constraint k,
              regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''', 'g') value
            where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum])
          ) order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = ${schema}::regnamespace and c.relkind = 'r'
          and c.relname <> 'migration' and a.attnum > 0 and not a.attisdropped
          and a.attgenerated = ''
        group by c.relname order by 1`,
  )
}

/** By table. */
export type Held = Map<string, Record<string, unknown>[]>

export async function heldRows(pool: Pool, schema: string): Promise<Held> {
  const held: Held = new Map()
  for (const { name } of await tablesOf(pool, schema)) {
    const table = `${quoteIdent(schema)}.${quoteIdent(name)}`
    const text = `select to_jsonb(t) as row from ${table} t`
    const rows = await many<{ row: Record<string, unknown> }>(pool, { text, values: [] })
    held.set(
      `${schema}.${name}`,
      rows.map(({ row }) => row),
    )
  }
  return held
}

/** All that a schema is made of, as the database writes it. */
export async function catalogOf(pool: Pool, schema: string): Promise<string[]> {
  const rows = await many<{ line: string }>(
    pool,
    sql`with n as (select ${schema}::regnamespace as oid)
        select line from n cross join lateral (
          select format('column %s.%s %s %s %s', c.relname, a.attname,
                   format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   pg_get_expr(d.adbin, d.adrelid)) as line
          from pg_class c join pg_attribute a on a.attrelid = c.oid
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
          where c.relnamespace = n.oid and c.relkind in ('r', 'v', 'p')
            and a.attnum > 0 and not a.attisdropped
          union all
          select 'index ' || indexdef from pg_indexes where schemaname = n.oid::text
          union all
          select format('constraint %s %s %s', conrelid::regclass, conname,
                   pg_get_constraintdef(oid))
          from pg_constraint where connamespace = n.oid and contype <> 'n'
          union all
          select format('trigger %s', pg_get_triggerdef(t.oid))
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
          where c.relnamespace = n.oid and not t.tgisinternal
          union all
          select format('function %s', pg_get_functiondef(p.oid))
          from pg_proc p where p.pronamespace = n.oid and p.prokind = 'f'
            and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
        ) all_of_it order by 1`,
  )
  return rows.map(({ line }) => line)
}
