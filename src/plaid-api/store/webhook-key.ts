// Plaid's public keys for webhooks, as it gave them: kept over a restart, the newest of them (L9).
import type { SigningKey } from '../../plaid/webhook-keys.ts'
import { type Db, exec, many, sql } from '../../postgres/query.ts'

export function webhookKeys(db: Db, keysMax: number): Promise<SigningKey[]> {
  return many(
    db,
    sql`select kid, jwk, (extract(epoch from expired_at) * 1000)::float8 as "expiredAt",
               (extract(epoch from asked_at) * 1000)::float8 as "askedAt"
        from plaid.webhook_key order by asked_at desc limit ${keysMax}`,
  )
}

export async function keepWebhookKey(db: Db, key: SigningKey, keysMax: number): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.webhook_key (kid, jwk, expired_at, asked_at)
        values (${key.kid}, ${JSON.stringify(key.jwk)},
                to_timestamp(${key.expiredAt}::float8 / 1000),
                to_timestamp(${key.askedAt}::float8 / 1000))
        on conflict (kid) do update
        set jwk = excluded.jwk, expired_at = excluded.expired_at, asked_at = excluded.asked_at`,
  )
  await exec(
    db,
    sql`delete from plaid.webhook_key where kid in (
          select kid from plaid.webhook_key order by asked_at desc offset ${keysMax})`,
  )
}

export async function forgetWebhookKey(db: Db, kid: string): Promise<void> {
  await exec(db, sql`delete from plaid.webhook_key where kid = ${kid}`)
}
