// What a table refuses is said so that its owner can mend it: what is in the way, and what helps;
// and the values of rows are in no sentence.
import { expect, test } from 'vitest'
import { isMissing, refusal, TableRefused } from '../../src/destination-postgres/refusal.ts'
import type { Table } from '../../src/destination-postgres/table.ts'
import { classifyPostgres } from '../../src/postgres/query.ts'
import { runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import {
  append,
  complete,
  dedup,
  overwrite,
  record,
  row,
  snapshot,
  state,
  things,
  warehouseConfig,
  writeWhole,
} from '../support/warehouse.ts'
import type { ConfiguredStream } from '../../src/protocol/message.ts'

function typed(note: object) {
  const properties = { ...(things.json_schema['properties'] as object), note }
  return { ...things, json_schema: { properties } }
}

const whole = typed({ type: 'integer' })

test.each([
  ['overwrite', overwrite(whole, 1), overwrite(things, 2)],
  ['snapshot', snapshot(whole, 1), snapshot(things, 2)],
  ['dedup', dedup(whole), dedup()],
])('a view on a column that changes is named, and dropping it helps (%s)', async (_m, old, now) => {
  await using db = await testDatabase()
  const pool = db.pool()
  const first = [record({ id: 'a', at: 1, note: 5 })]
  expect((await writeWhole(db, old, first)).code).toBe(0)
  await pool.query('create view w.seen as select id, note from w.things')
  const refused = await writeWhole(db, now, [row('a', 2, 'five')])
  expect(refused).toMatchObject({ code: 3, states: [] })
  expect(refused.errors).toMatchObject([{ stream_descriptor: { name: 'things' } }])
  const { message } = refused.errors[0]!
  expect(message).toMatch(/view w\.seen depends on column "note"/)
  expect(message).toMatch(/drop the view w\.seen, sync, and make it again/)
  expect((await pool.query('select note from w.things')).rows).toEqual([{ note: '5' }])
  await pool.query('drop view w.seen')
  expect((await writeWhole(db, now, [row('a', 2, 'five')])).code).toBe(0)
  expect((await pool.query('select note from w.things')).rows).toEqual([{ note: 'five' }])
})

test.each([
  ['"a ""b"."v.w"', `create view "a ""b"."v.w" as select note from w.things`, 'view'],
  ['w.kept', `create materialized view w.kept as select note from w.things`, 'materialized view'],
  ['policy mine on table w.things', `create policy mine on w.things using (note > 3)`, ''],
  [
    'trigger seen on table w.things',
    `create function w.f() returns trigger language plpgsql as $$ begin return new; end $$;
     create trigger seen before update of note on w.things for each row execute function w.f()`,
    '',
  ],
  [
    'generated column "twice"',
    'alter table w.things add column twice bigint generated always as (note * 2) stored',
    '',
  ],
])('whatever hangs on a column that changes is named whole: %s', async (name, hang, kind) => {
  await using db = await testDatabase()
  const pool = db.pool()
  await writeWhole(db, dedup(whole), [record({ id: 'a', at: 1, note: 5 })])
  await pool.query(`create schema "a ""b"; ${hang}`)
  const refused = await writeWhole(db, dedup(), [row('a', 2, 'five')])
  const what = kind === '' ? name : `${kind} ${name}`
  expect(refused.errors[0]?.message).toContain(`; drop the ${what}, sync, and make it again`)
})

test.each(['text_pattern_ops', 'collate "C"'])(
  'an index that does not go along with a new type is named: %s',
  async (by) => {
    await using db = await testDatabase()
    await writeWhole(db, dedup(), [row('a', 2, '5')])
    await db.pool().query(`create index odd on w.things (note ${by})`)
    const refused = await writeWhole(db, dedup(whole), [record({ id: 'a', at: 3, note: 6 })])
    expect(refused).toMatchObject({ code: 3, states: [] })
    expect(refused.errors[0]?.message).toContain('; drop the index w.odd, sync, and make it again')
  },
)

test('a partitioned table that no key goes with is said, and what helps', async () => {
  await using db = await testDatabase()
  await db.pool().query(`create schema w;
    create table w.things (id varchar, at bigint, note varchar, _ab_cdc_deleted_at timestamptz)
      partition by list (note);
    create table w.rest partition of w.things default`)
  const refused = await writeWhole(db, dedup(), [row('a', 1)])
  expect(refused).toMatchObject({ code: 3, states: [] })
  expect(refused.errors[0]?.message).toMatch(/key have the columns .* partitioned by, or give/)
})

test('a privilege that is missing is named with its table', async () => {
  await using db = await testDatabase()
  await writeWhole(db, append(), [row('a', 1)])
  const role = `reader_${db.name}`
  const pool = db.pool()
  await pool.query(`create role ${role} login password 'p';
    grant usage on schema w, airbyte_internal to ${role};
    grant select on w.things to ${role};
    grant select, insert, update on airbyte_internal.fence to ${role}`)
  const login = { username: role, password: 'p' }
  const rows = await writeWhole(db, append(), [row('b', 1)], login)
  const column = await writeWhole(db, append(typed({ type: 'number' })), [], login)
  const table = await writeWhole(db, append({ ...things, name: 'fresh' }), [], login)
  await pool.query(`drop owned by ${role}; drop role ${role}`)
  expect(rows.errors[0]?.message).toMatch(/w\.things .*permission denied for table things; grant/)
  expect(column.errors[0]?.message).toMatch(/must be owner of table things; make .* its owner/)
  expect(table.errors[0]?.message).toMatch(/permission denied for schema w; grant .*create/)
  for (const { errors, states } of [rows, column]) {
    expect(errors[0]?.failure_type).toBe('config_error')
    expect(states).toEqual([])
  }
})

test('row-level security that is forced on the table’s own role is named, and what helps', async () => {
  await using db = await testDatabase()
  const role = `owner_${db.name}`
  const pool = db.pool()
  await pool.query(`create role ${role} login password 'p';
    grant create, temporary on database ${db.name} to ${role}`)
  const login = { username: role, password: 'p' }
  await writeWhole(db, append(), [row('a', 1)], login)
  await pool.query('alter table w.things enable row level security, force row level security')
  const refused = await writeWhole(db, append(), [row('b', 1)], login)
  await pool.query(`drop owned by ${role}; drop role ${role}`)
  expect(refused).toMatchObject({ code: 3, states: [] })
  expect(refused.errors[0]?.message).toMatch(/let it not be forced .*no force row level security/)
})

const refusing: [what: string, harm: string, sentence: RegExp, code?: number][] = [
  [
    'a constraint',
    `alter table w.things add constraint short check (length(note) < 9)`,
    /drop the constraint short/,
  ],
  [
    'a column',
    `alter table w.things add column more int not null default null`,
    /column "more"; let the column more be null/,
  ],
  [
    'a trigger',
    `create function w.no() returns trigger language plpgsql as
       $$ begin raise exception 'not %', new.note; end $$;
     create trigger no before insert on w.things for each row execute function w.no()`,
    /function w\.no\(\) refuses a row/,
  ],
  [
    'a trigger by a code of its own',
    `create function w.own() returns trigger language plpgsql as
       $$ begin raise exception 'not %', new.note using errcode = 'APP01'; end $$;
     create trigger own before insert on w.things for each row execute function w.own()`,
    /function w\.own\(\) refuses a row/,
  ],
  [
    'a trigger by a code of PostgreSQL’s',
    `create function w.odd() returns trigger language plpgsql as
       $$ begin raise exception 'not %', new.note using errcode = 'check_violation'; end $$;
     create trigger odd before insert on w.things for each row execute function w.odd()`,
    /function w\.odd\(\) refuses a row/,
  ],
  [
    'a trigger by a code that is no row’s fault',
    `create function w.far() returns trigger language plpgsql as
       $$ begin raise exception 'not %', new.note using errcode = '08001'; end $$;
     create trigger far before insert on w.things for each row execute function w.far()`,
    /function w\.far\(\) refuses a row .*tried again later/,
    4,
  ],
  ['a unique index', `create unique index once on w.things (at)`, /drop the unique index once/],
]

test.each(refusing)('%s that refuses a row is named, and the row is not', async (...refusal) => {
  const [, harm, sentence, code = 3] = refusal
  await using db = await testDatabase()
  await writeWhole(db, append(), [])
  await db.pool().query(harm)
  const payee = 'somebody’s payee'
  const result = await writeWhole(db, append(), [row('a', 1, payee), row('b', 1, payee)])
  expect(result).toMatchObject({ code, states: [] })
  expect(result.errors).toMatchObject([{ stream_descriptor: { name: 'things' } }])
  expect(result.errors[0]?.message).toMatch(sentence)
  expect(JSON.stringify(result)).not.toContain('payee')
})

test('a table that is not set up for what a sync does stops its own stream, and no other', async () => {
  await using db = await testDatabase()
  const pool = db.pool()
  const keyed = { ...things, name: 'keyed' }
  const streams = [overwrite(things, 1), dedup(keyed), append({ ...things, name: 'other' })]
  const input = ['things', 'keyed', 'other'].flatMap((name) => [
    record({ id: 'a', at: 1 }, name),
    state(1, name),
    complete(name),
  ])
  const sync = (wanted: ConfiguredStream[]) => {
    const inputs = { config: warehouseConfig(db), catalog: { streams: wanted } }
    return runConnector('destination-postgres', 'write', inputs, input)
  }
  expect((await sync(streams)).code).toBe(0)
  await pool.query(`create publication all_of_it for table w.things;
    alter table w.keyed drop constraint keyed_pkey, add primary key (id) deferrable`)
  const refused = await sync([overwrite(things, 2), ...streams.slice(1)])
  expect(refused.code).toBe(3)
  expect(refused.errors.map(({ message }) => message)).toEqual([
    expect.stringMatching(/w\.things .*does not have a replica identity/),
    expect.stringMatching(/w\.keyed .*deferrable/),
  ])
  expect(refused.states.map(({ stream }) => stream?.stream_descriptor.name)).toEqual(['other'])
})

const german = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { code, severity: 'FEHLER', ...more })
const asked = { schema: 'w', name: 'things', stream: { name: 'things' } } as Table
const alter = 'alter table "w"."things" alter column "note" type bigint'

test.each([
  [german('22P02', 'ungültige Eingabesyntax für Typ integer: »Bob«')],
  [german('23514', 'Bob', { where: 'PL/pgSQL-Funktion w.no() Zeile 1 bei RAISE' })],
  [german('08001', 'Bob', { where: 'PL/pgSQL-Funktion w.no() Zeile 1 bei RAISE' })],
  [german('57014', 'timeout expired: Bob', { where: 'PL/pgSQL-Funktion w.no() Zeile 1' })],
  [german('P0001', 'Bob', { detail: 'Bob', hint: 'Bob' })],
  [german('42601', 'Syntaxfehler in tsquery: »Bob«')],
  [german('42P01', 'Relation »Bob« existiert nicht')],
  [german('23514', 'm', { where: 'w.no()', constraint: 'Bob', column: 'Bob' })],
  [german('APP01', 'Bob')],
])('no words that may be a row’s values are told, in any language: %s', (error) => {
  for (const at of [error, classifyPostgres(error)]) {
    const told = refusal(asked, at)
    expect(told).toBeInstanceOf(TableRefused)
    const { message } = told as Error
    expect(message).not.toContain('Bob')
    expect(message).toContain(error.code)
  }
  expect((classifyPostgres(error) as Error).message === error.message).toBe(
    !/^(08|57)/.test(error.code),
  )
})

test.each([
  ['42501', { message: 'keine Berechtigung', routine: 'aclcheck_error' }, '', /grant the dest/],
  ['42501', { message: 'Eigentümer', routine: 'aclcheck_error' }, alter, /make .* its owner/],
  ['42501', { message: 'Zeile', routine: 'ExecWithCheckOptions' }, '', /no force row level sec/],
  ['53100', { where: 'COPY things, Zeile 9' }, '', /disk is full .*make room on it; .* later$/],
  ['58P01', { message: 'pg_tblspc/9/8' }, '', /pg_tblspc\/9\/8; .* tried again later$/],
  ['0A000', { message: 'COPY FROM', routine: 'DoCopy' }, '', /no force row level security/],
  [
    '0A000',
    { detail: 'Sicht w.seen hängt von Spalte »note« ab', routine: 'ATExecAlterColumnType' },
    alter,
    /w\.seen hängt.*; drop what depends on the column/,
  ],
])('what helps is said whatever the server’s language: %s %j', (code, fields, step, sentence) => {
  const error = german(code, 'Fehler', fields)
  expect((refusal(asked, error, step) as Error).message).toMatch(sentence)
})

test.each([
  ['relation "w.things" does not exist', true],
  ['Relation »w.things« existiert nicht', true],
  ['la relation « w.things » n’existe pas', true],
  ['リレーション"w.things"は存在しません', true],
  ['relation "w.things2" does not exist', false],
  ['relation "airbyte_internal.fence" does not exist', false],
])('a table that is gone is known in the server’s language: %s', (message, isGone) => {
  const error = Object.assign(new Error(message), { code: '42P01' })
  expect(isMissing({ schema: 'w', name: 'things' } as Table, error)).toBe(isGone)
})
