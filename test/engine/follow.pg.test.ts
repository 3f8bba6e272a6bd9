// A connection that follows its source is synced when somebody says that the source has news: at
// once, once for all that is said in a while, and again for what is said while it runs.
import { expect, test } from 'vitest'
import { startFollowed } from '../../src/engine/job/follow.ts'
import { deleteReadNews, insertNews, startFollowing } from '../../src/engine/store/news.ts'
import { migrateEngine } from '../../src/engine/store/schema.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { uuid } from '../../src/std/ids.ts'
import { testDatabase } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const following = { followsSource: true }

async function jobs(engine: Engine): Promise<string[]> {
  const { rows } = await engine.pool.query('select status from engine.job order by id')
  return rows.map((row) => row.status)
}

async function sourceOf(engine: Engine, connectionId: string): Promise<string> {
  return (await engine.call('GET', `/connections/${connectionId}`)).body.sourceId
}

async function report(engine: Engine, sourceId: string) {
  const answer = await engine.config('/sources/report_news', { sourceId })
  expect(answer.status).toBe(200)
  return answer.body.connectionIds
}

test('news of its source are a sync, and no other connection’s', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({}, {}, following)
  await engine.connect()
  const sourceId = await sourceOf(engine, connectionId)
  expect(await report(engine, sourceId)).toEqual([connectionId])
  const { rows } = await engine.pool.query('select connection_id, status from engine.job')
  expect(rows).toEqual([{ connection_id: connectionId, status: 'pending' }])
  // It has not begun: what is said now it reads, too.
  await report(engine, sourceId)
  await engine.startWorker()
  await engine.until(1)
  expect(await startFollowed(engine.pool)).toBe(0)
  expect(await jobs(engine)).toEqual(['succeeded'])
  const unknown = { sourceId: connectionId }
  expect((await engine.config('/sources/report_news', unknown)).status).toBe(404)
})

test('what is said while a sync runs is one sync after it', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 2 }, {}, following)
  const sourceId = await sourceOf(engine, connectionId)
  // It may have passed by what is new now.
  await engine.pool.query(`insert into engine.job (connection_id, type, status, created_at)
    values ('${connectionId}', 'sync', 'running', now() - interval '1 hour')`)
  for (let n = 0; n < 20; n++) await report(engine, sourceId)
  expect(await startFollowed(engine.pool)).toBe(0)
  await engine.pool.query(`update engine.job set status = 'succeeded'`)
  await expect.poll(() => jobs(engine)).toEqual(['succeeded', 'pending'])
  await engine.startWorker()
  await engine.until(2)
  expect(await startFollowed(engine.pool)).toBe(0)
  expect(await jobs(engine)).toEqual(['succeeded', 'succeeded'])
})

test('what is said soon after a sync began waits for a moment, and is one sync more', async () => {
  await using database = await testDatabase()
  const pool = database.pool()
  await migrateEngine(pool)
  const [source, destination] = [uuid(), uuid()]
  for (const [id, kind] of [
    [source, 'source'],
    [destination, 'destination'],
  ]) {
    await exec(
      pool,
      sql`insert into engine.actor (id, kind, workspace_id, definition_id, name, configuration)
          select ${id}, ${kind}, workspace.id, ${id}, ${kind}, '' from engine.workspace`,
    )
  }
  await exec(
    pool,
    sql`insert into engine.connection (id, name, source_id, destination_id, status, schedule,
          follows_source, streams, catalog, namespace_definition, prefix,
          non_breaking_schema_updates_behavior)
        values (${uuid()}, 'c', ${source}, ${destination}, 'active', '{"scheduleType":"manual"}',
          true, '[]', '{}', 'destination', '', 'ignore')`,
  )
  const hourMs = 3_600_000
  const said = () => insertNews(pool, source)
  await said()
  expect(await startFollowing(pool, hourMs, 10)).toBe(1)
  await exec(pool, sql`update engine.job set status = 'succeeded'`)
  expect(await startFollowing(pool, 0, 10)).toBe(0)
  for (let n = 0; n < 5; n++) await said()
  await deleteReadNews(pool)
  expect(await startFollowing(pool, hourMs, 10)).toBe(0)
  expect(await startFollowing(pool, 0, 10)).toBe(1)
  // It waits, and reads what is said now.
  await said()
  await deleteReadNews(pool)
  await exec(pool, sql`update engine.job set status = 'failed'`)
  expect(await startFollowing(pool, 0, 10)).toBe(0)
})

test('of many servers one makes the sync', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({}, {}, following)
  const sourceId = await sourceOf(engine, connectionId)
  await Promise.all(Array.from({ length: 8 }, () => report(engine, sourceId)))
  await Promise.all(Array.from({ length: 8 }, () => startFollowed(engine.pool)))
  expect(await jobs(engine)).toEqual(['pending'])
})

test('it is chosen beside the schedule, in each API, and clients see no schedule unknown to them', async () => {
  await using engine = await startEngine()
  const cron = { schedule: { scheduleType: 'cron', cronExpression: '0 0 5 * * ?' } }
  const connectionId = await engine.connect({}, {}, cron)
  const path = `/connections/${connectionId}`
  const read = async () => (await engine.call('GET', path)).body
  expect(await read()).not.toHaveProperty('followsSource')
  await engine.call('PATCH', path, following)
  expect(await read()).toMatchObject({ ...cron, ...following })
  const summaries = await engine.config('/web_backend/connections/list', {})
  expect(summaries.body.connections[0]).toMatchObject({ scheduleType: 'cron', ...following })
  await engine.call('PATCH', path, { name: 'another' })
  const config = { connectionId, followsSource: false }
  expect((await engine.config('/connections/get', { connectionId })).body).toMatchObject(following)
  const updated = await engine.config('/connections/update', config)
  expect(updated.body).not.toHaveProperty('followsSource')
  const sourceId = await sourceOf(engine, connectionId)
  expect(await report(engine, sourceId)).toEqual([])
  await engine.call('PATCH', path, { ...following, status: 'inactive' })
  expect(await report(engine, sourceId)).toEqual([])
  expect(await jobs(engine)).toEqual([])
})
