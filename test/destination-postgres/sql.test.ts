// Every statement that moves rows, whole: a change here is a change of what a sync does.
import { describe, expect, test } from 'vitest'
import { configure } from '../../src/destination-postgres/config.ts'
import * as statements from '../../src/destination-postgres/sql.ts'
import { tableOf } from '../../src/destination-postgres/table.ts'
import * as fences from '../../src/destination-postgres/store/fence.ts'
import { dedup, things } from '../support/warehouse.ts'

const config = configure({ host: 'h', database: 'd', username: 'u', schema: 'w' })
const table = tableOf(dedup(), config)
const twoKeys = tableOf(
  dedup({ ...things, name: 'odd "name"' }, { primary_key: [['id'], ['at']], cursor_field: [] }),
  config,
)
const soft = tableOf(dedup(), { ...config, softDelete: true })

describe('tables', () => {
  test('a table with its key', () => {
    expect(statements.createTable(table)).toMatchInlineSnapshot(`
      "create table "w"."things" (
        "_airbyte_raw_id" varchar not null,
        "_airbyte_extracted_at" timestamptz not null,
        "_airbyte_meta" jsonb not null,
        "_airbyte_generation_id" bigint,
        "id" varchar,
        "at" bigint,
        "note" varchar,
        primary key ("id")
      )"
    `)
  })

  test('a stage has no constraints of its own and keeps the order of arrival', () => {
    expect(statements.createStage(table, 'stage', 'delete rows')).toMatchInlineSnapshot(`
      "create temp table "stage" (
        "_airbyte_raw_id" varchar,
        "_airbyte_extracted_at" timestamptz,
        "_airbyte_meta" jsonb,
        "_airbyte_generation_id" bigint,
        "id" varchar,
        "at" bigint,
        "note" varchar,
        "_tartan_order" bigint generated always as identity,
        "_tartan_deleted" boolean not null default false
      ) on commit delete rows"
    `)
  })

  test('the stage of an overwrite outlives its batches', () => {
    expect(statements.createStage(table, 'stage', 'preserve rows')).toMatch(
      /on commit preserve rows$/,
    )
  })

  test('an index', () => {
    const index = { name: 'i', columns: ['at', 'note'] }
    expect(statements.createIndex(table, index)).toMatchInlineSnapshot(
      `"create index if not exists "i" on "w"."things" ("at", "note")"`,
    )
  })

  test('changes of type', () => {
    const column = (type: 'jsonb' | 'bigint') => ({ field: 'note', name: 'note', type })
    expect([
      statements.alterType(table, column('jsonb'), 'character varying'),
      statements.alterType(table, column('bigint'), 'jsonb'),
      statements.alterType(table, column('bigint'), 'character varying'),
      statements.loosenType(table, column('bigint')),
    ]).toMatchInlineSnapshot(`
      [
        "alter table "w"."things" alter column "note" type jsonb using to_jsonb("note")",
        "alter table "w"."things" alter column "note" type bigint using ("note" #>> '{}')::bigint",
        "alter table "w"."things" alter column "note" type bigint using "note"::text::bigint",
        "alter table "w"."things" alter column "note" type bigint",
      ]
    `)
  })
})

describe('merging a batch', () => {
  test('rows', () => {
    expect(statements.upsert(table, 'stage')).toMatchInlineSnapshot(`
      "insert into "w"."things" as t ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "id", "at", "note")
      select s."_airbyte_raw_id", s."_airbyte_extracted_at", s."_airbyte_meta", s."_airbyte_generation_id", s."id", s."at", s."note" from (
        select distinct on ("id") ctid as "_tartan_place", "_tartan_deleted"
        from "pg_temp"."stage" order by "id", "at" desc nulls last, "_tartan_order" desc
      ) n
      join "pg_temp"."stage" s on s.ctid = n."_tartan_place"
      where not n."_tartan_deleted"
      on conflict ("id") do update set
        "_airbyte_raw_id" = excluded."_airbyte_raw_id",
        "_airbyte_extracted_at" = excluded."_airbyte_extracted_at",
        "_airbyte_meta" = excluded."_airbyte_meta",
        "_airbyte_generation_id" = excluded."_airbyte_generation_id",
        "at" = excluded."at",
        "note" = excluded."note"
      where (t."at" is null or excluded."at" >= t."at")"
    `)
  })

  test('rows with a key of two columns and no cursor', () => {
    expect(statements.upsert(twoKeys, 'stage')).toMatchInlineSnapshot(`
      "insert into "w"."odd__name_" as t ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "id", "at", "note")
      select s."_airbyte_raw_id", s."_airbyte_extracted_at", s."_airbyte_meta", s."_airbyte_generation_id", s."id", s."at", s."note" from (
        select distinct on ("id", "at") ctid as "_tartan_place", "_tartan_deleted"
        from "pg_temp"."stage" order by "id", "at", "at" desc nulls last, "_tartan_order" desc
      ) n
      join "pg_temp"."stage" s on s.ctid = n."_tartan_place"
      where not n."_tartan_deleted"
      on conflict ("id", "at") do update set
        "_airbyte_raw_id" = excluded."_airbyte_raw_id",
        "_airbyte_extracted_at" = excluded."_airbyte_extracted_at",
        "_airbyte_meta" = excluded."_airbyte_meta",
        "_airbyte_generation_id" = excluded."_airbyte_generation_id",
        "note" = excluded."note"
      where (t."at" is null or excluded."at" >= t."at")"
    `)
  })

  test('tombstones', () => {
    expect(statements.deleteTombstones(table, 'stage')).toMatchInlineSnapshot(`
      "delete from "w"."things" t
      using (
        select distinct on ("id") "id", "at", "_tartan_deleted"
        from "pg_temp"."stage" order by "id", "at" desc nulls last, "_tartan_order" desc
      ) n
      where n."_tartan_deleted" and t."id" = n."id" and (t."at" is null or n."at" >= t."at")"
    `)
  })

  test('rows that a merge did not bring, where something may keep them', () => {
    expect(statements.notMerged(table, 'stage')).toMatchInlineSnapshot(`
      "select count(*)::int as n from (
        select distinct on ("id") "id", "at", "_airbyte_raw_id", "_tartan_deleted"
        from "pg_temp"."stage" order by "id", "at" desc nulls last, "_tartan_order" desc
      ) n
      where case when n."_tartan_deleted"
        then exists (select 1 from "w"."things" t where t."id" = n."id" and (t."at" is null or n."at" >= t."at"))
        else not exists (select 1 from "w"."things" t where t."id" = n."id" and (t."_airbyte_raw_id" = n."_airbyte_raw_id" or (t."at" is null or n."at" >= t."at") is not true)) end"
    `)
    expect(statements.notMerged(soft, 'stage')).toMatch(/where not "_tartan_deleted" order by/)
  })

  test('tombstones that mark, after the rows', () => {
    expect(statements.markTombstones(soft, 'stage', soft.deletedMark!)).toMatchInlineSnapshot(`
      "update "w"."things" t set "_ab_cdc_deleted_at" = n."_ab_cdc_deleted_at", "at" = n."at"
      from (
        select distinct on ("id") "id", "at", "_ab_cdc_deleted_at", "_tartan_deleted"
        from "pg_temp"."stage" order by "id", "at" desc nulls last, "_tartan_order" desc
      ) n
      where n."_tartan_deleted" and t."id" = n."id" and (t."at" is null or n."at" >= t."at")"
    `)
    expect(statements.upsert(soft, 'stage')).toContain('where not "_tartan_deleted" order by')
  })

  test('what is copied where', () => {
    expect([
      statements.copyRows(table, true),
      statements.stageRows(table, 'stage', false),
      statements.stageTombstones(table, 'stage'),
    ]).toMatchInlineSnapshot(`
      [
        "copy "w"."things" ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "id", "at", "note") from stdin (format binary)",
        "copy "pg_temp"."stage" ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "id", "at", "note") from stdin",
        "copy "pg_temp"."stage" ("id", "at", "_tartan_deleted") from stdin",
      ]
    `)
  })
})

describe('overwriting by difference', () => {
  test('the stage keeps one living row of each key', () => {
    expect(statements.settleStage(table, 'stage')).toMatchInlineSnapshot(`
      [
        "delete from "pg_temp"."stage" s
      using (
        select ctid as "_tartan_place", "_tartan_deleted",
          row_number() over (partition by "id" order by "at" desc nulls last, "_tartan_order" desc) as rank
        from "pg_temp"."stage"
      ) n
      where n."_tartan_place" = s.ctid and (n.rank > 1 or n."_tartan_deleted")",
      ]
    `)
  })

  test('and with what is marked, its values', () => {
    expect(statements.settleStage(soft, 'stage')).toMatchInlineSnapshot(`
      [
        "delete from "pg_temp"."stage" s
      using (
        select ctid as "_tartan_place", "_tartan_deleted",
          row_number() over (partition by "id", "_tartan_deleted" order by "at" desc nulls last, "_tartan_order" desc) as rank
        from "pg_temp"."stage"
      ) n
      where n."_tartan_place" = s.ctid and (n.rank > 1)",
        "update "pg_temp"."stage" s set "_ab_cdc_deleted_at" = n."_ab_cdc_deleted_at", "at" = n."at"
      from "pg_temp"."stage" n
      where n."_tartan_deleted" and not s."_tartan_deleted" and s."id" = n."id" and (s."at" is null or n."at" >= s."at")",
        "delete from "pg_temp"."stage" where "_tartan_deleted"",
      ]
    `)
  })

  test('rows that it did not bring, where something may keep them', () => {
    expect(statements.notReplaced(table, 'stage')).toMatchInlineSnapshot(`
      "select (abs((select count(*) from "pg_temp"."stage") - (select count(*) from "w"."things")) + count(*))::int as n from "pg_temp"."stage" s
      where not exists (
        select 1 from "w"."things" t where s."id" = t."id"
          and (t."_airbyte_raw_id" = s."_airbyte_raw_id" or not ((t."id", t."at", t."note") is distinct from (s."id", s."at", s."note")
          or t."_airbyte_generation_id" > s."_airbyte_generation_id"))
      )"
    `)
  })

  test('of another generation goes what is not of this one', () => {
    expect(statements.deleteOlder({ ...table, generationId: 3 })).toMatchInlineSnapshot(
      `"delete from "w"."things" where "_airbyte_generation_id" is distinct from 3"`,
    )
  })

  test('delete what is gone, update what differs, insert what is new', () => {
    expect([
      statements.deleteMissing(table, 'stage'),
      statements.updateChanged(table, 'stage'),
      statements.insertNew(table, 'stage'),
    ]).toMatchInlineSnapshot(`
      [
        "delete from "w"."things" t where not exists (
        select 1 from "pg_temp"."stage" s where s."id" = t."id"
      )",
        "update "w"."things" t set
        "_airbyte_raw_id" = s."_airbyte_raw_id",
        "_airbyte_extracted_at" = s."_airbyte_extracted_at",
        "_airbyte_meta" = s."_airbyte_meta",
        "_airbyte_generation_id" = s."_airbyte_generation_id",
        "id" = s."id",
        "at" = s."at",
        "note" = s."note"
      from "pg_temp"."stage" s
      where s."id" = t."id"
        and ((t."id", t."at", t."note") is distinct from (s."id", s."at", s."note")
          or t."_airbyte_generation_id" > s."_airbyte_generation_id")",
        "insert into "w"."things" ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "id", "at", "note")
      select s."_airbyte_raw_id", s."_airbyte_extracted_at", s."_airbyte_meta", s."_airbyte_generation_id", s."id", s."at", s."note" from "pg_temp"."stage" s where not exists (
        select 1 from "w"."things" t where s."id" = t."id"
      )",
      ]
    `)
  })
})

const content = {
  incarnation: 'i',
  oid: '1',
  oldestGeneration: 1,
  newestGeneration: 1,
  commits: 1,
  filled: true,
}

test('the fence', () => {
  expect([
    fences.raiseFence('airbyte_internal', table, 12).text,
    fences.passFence('airbyte_internal', table, '1', content).text,
  ]).toMatchInlineSnapshot(`
    [
      "insert into "airbyte_internal"."fence" as fence
      (table_schema, table_name, token, started_at)
    values ($1, $2, 1, clock_timestamp() - $3 * interval '1 ms')
    on conflict (table_schema, table_name) do update
    set token = fence.token + 1, started_at = excluded.started_at
    where fence.started_at <= excluded.started_at
    returning token, incarnation::text as incarnation, table_oid::text as oid,
      oldest_generation::float8 as "oldestGeneration",
      newest_generation::float8 as "newestGeneration", commits::float8 as commits, filled",
      "update "airbyte_internal"."fence"
    set incarnation = $4, table_oid = $5, oldest_generation = $6, newest_generation = $7,
      commits = $8, filled = $9
    where table_schema = $1 and table_name = $2 and token = $3
    returning token",
    ]
  `)
})
