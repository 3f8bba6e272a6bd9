// Webhooks as they are kept, and the Items that are pulled because of them.
import { binder, type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { WebhookOutcome, WebhookRow } from '../webhook/shapes.ts'
import type { Act } from '../webhook/codes.ts'
import type { WebhookBody } from '../webhook/body.ts'

export interface NewWebhook extends WebhookBody {
  tokenHash: string
  bodyHash: string
  act: Act
  /** Where nothing is to be done: what is told of it. */
  outcome: WebhookOutcome | null
}

/** Durable when it resolves. The same request again counts, and is nothing new. */
export async function insertWebhook(db: Db, one: NewWebhook): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.webhook_event as w (token_hash, body_hash, webhook_type, webhook_code,
          item_id, link_token_hash, body, bank, act, outcome, worked_at)
        values (${one.tokenHash}, ${one.bodyHash}, ${one.type}, ${one.code}, ${one.itemId},
          ${one.linkTokenHash}, ${one.text}, ${one.bank}, ${one.act}, ${one.outcome},
          case when ${one.outcome}::text is not null then clock_timestamp() end)
        on conflict (token_hash) do update set deliveries = w.deliveries + 1`,
  )
}

/** Its Items are pulled at once; resolves with how many webhooks were worked on. */
export async function workPulls(db: Db, limit: number): Promise<number> {
  return exec(
    db,
    sql`with taken as (
          select id, item_id from plaid.webhook_event
          where worked_at is null and act = 'pull'
          order by id limit ${limit} for update skip locked
        ), news as (
          insert into plaid.item_news as n (item_id, since)
          select i.item_id, clock_timestamp()
          from taken join plaid.item i on i.item_id = taken.item_id where i.pulled
          group by i.item_id -- one may be told of often
          on conflict (item_id) do update set since = excluded.since
          returning item_id
        )
        update plaid.webhook_event w
        set worked_at = clock_timestamp(),
            outcome = case
              when taken.item_id in (select item_id from news) then 'pull'
              when exists (select from plaid.item i where i.item_id = taken.item_id)
                then 'nothing' else 'unknown_item' end
        from taken where taken.id = w.id`,
  )
}

export interface WaitingWebhook {
  id: string
  act: Act
  item_id: string | null
  link_token_hash: string | null
  body: string
  /** The same was told within a day before, and worked on. */
  repeated: boolean
}

/** Held by the transaction: whoever dies in it leaves it to the next. */
export function takeWebhook(db: Db): Promise<WaitingWebhook | undefined> {
  return maybeOne(
    db,
    sql`select id::text as id, act, item_id, link_token_hash, body, exists (
          select from plaid.webhook_event before
          where before.item_id = w.item_id and before.id < w.id
            and before.body_hash = w.body_hash and before.outcome is not null
            and before.received_at > w.received_at - interval '25 hours') as repeated
        from plaid.webhook_event w
        where worked_at is null and act <> 'pull'
        order by id limit 1 for update skip locked`,
  )
}

export async function endWebhook(db: Db, id: string, outcome: WebhookOutcome): Promise<void> {
  await exec(
    db,
    sql`update plaid.webhook_event set worked_at = clock_timestamp(), outcome = ${outcome}
        where id = ${id}`,
  )
}

export async function noteNews(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.item_news (item_id, since) values (${itemId}, clock_timestamp())
        on conflict (item_id) do update set since = excluded.since`,
  )
}

/** What was told before the Item was leased is answered by what was read since. */
export async function forgetNews(
  db: Db,
  item: { item_id: string; leased_at: string },
): Promise<void> {
  await exec(
    db,
    sql`delete from plaid.item_news
        where item_id = ${item.item_id} and since <= ${item.leased_at}::timestamptz`,
  )
}

/** The pull that answers what was told of its Item until now. */
export async function noteWebhookPull(db: Db, itemId: string, pullId: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.webhook_event set pull_id = ${pullId}
        where item_id = ${itemId} and outcome in ('pull', 'item') and pull_id is null`,
  )
}

/** It may be published with the end of its Item's pull, which most are soon. */
const publishAfterMs = 10_000

/** Into the feed, what no pull has published; resolves with how many there were. */
export async function publishWebhooks(db: Db, limit: number): Promise<number> {
  const { n } = await one<{ n: number }>(
    db,
    sql`select plaid.publish_webhooks(array(
          select id from plaid.webhook_event
          where not published
            and received_at < clock_timestamp() - ${publishAfterMs} * interval '1 ms'
          order by received_at limit ${limit} for update skip locked)) as n`,
  )
  return n
}

export interface WebhooksRequest {
  itemId: string | null
  type: string | null
  code: string | null
  before: string | null
  limit: number
}

/** Newest first, those before `before`. */
export function webhooksPage(db: Db, request: WebhooksRequest): Promise<WebhookRow[]> {
  const where = ['true']
  const { values, bind: add } = binder()
  if (request.itemId !== null) where.push(`w.item_id = ${add(request.itemId)}`)
  if (request.type !== null) where.push(`w.webhook_type = ${add(request.type)}`)
  if (request.code !== null) where.push(`w.webhook_code = ${add(request.code)}`)
  if (request.before !== null) where.push(`w.id < ${add(request.before)}::bigint`)
  return many(db, {
    text: `select w.id::text as id, w.webhook_type, w.webhook_code, w.item_id, i.institution_name,
             plaid.stamp(w.received_at) as received_at, plaid.stamp(w.worked_at) as worked_at,
             w.deliveries, w.outcome, w.body::json as body,
             case when p.id is not null then json_build_object('id', p.id::text,
               'status', p.status, 'added', p.added, 'modified', p.modified,
               'removed', p.removed) end as pull
           from plaid.webhook_event w
           left join plaid.item i on i.item_id = w.item_id
           left join plaid.pull p on p.id = w.pull_id
           where ${where.join(' and ')}
           order by w.id desc limit ${add(request.limit)}`,
    values,
  })
}

export interface WebhookStats {
  last_received_at: string | null
  received_last_day: number
  waiting: number
}

export function webhookStats(db: Db, countedMax: number): Promise<WebhookStats> {
  return one(
    db,
    sql`select
          (select plaid.stamp(received_at) from plaid.webhook_event order by id desc limit 1)
            as last_received_at,
          (select count(*)::int from (
             select from plaid.webhook_event where received_at > now() - interval '1 day'
             limit ${countedMax}) day) as received_last_day,
          (select count(*)::int from (
             select from plaid.webhook_event where worked_at is null limit ${countedMax}) waiting)
            as waiting`,
  )
}

export interface WebhooksKept {
  daysMax: number
  rowsMax: number
  /** That one statement takes away. */
  atOnceMax: number
}

/** What is too old, or one too many; what waits stays. Resolves with how many went. */
export function pruneWebhooks(db: Db, kept: WebhooksKept): Promise<number> {
  return exec(
    db,
    sql`with edge as (
          select id from plaid.webhook_event order by id desc offset ${kept.rowsMax} limit 1
        ), old as (
          (select id from plaid.webhook_event
           where received_at < now() - ${kept.daysMax} * interval '1 day'
             and worked_at is not null
           order by received_at limit ${kept.atOnceMax})
          union
          (select w.id from plaid.webhook_event w, edge
           where w.id <= edge.id and worked_at is not null
           order by w.id limit ${kept.atOnceMax})
        )
        delete from plaid.webhook_event where id in (select id from old)`,
  )
}
