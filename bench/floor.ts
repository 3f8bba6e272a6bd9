// The floor that a first load is held against: one process that parses the same rows and COPYs
// them into the same typed table with its primary key, on the same server, durably. Standard
// input: the database's URL, the schema of the table to imitate and the file of rows, one a line
// each.
import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Transform } from 'node:stream'
import { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { quoteIdent, quoteTable } from '../src/postgres/identifier.ts'
import { lines } from '../src/std/jsonl.ts'

type Field = string | number | boolean | object | null

const [url, schema, file] = (await text(process.stdin)).trim().split('\n')
if (!url || !schema || !file) throw new Error('floor: url, schema and file on standard input')

const client = new Client({ connectionString: url })
await client.connect()
const like = quoteTable(schema, 'transactions')
const table = quoteTable(schema, 'floor')
await client.query(`drop table if exists ${table}`)
await client.query(`create table ${table} (like ${like} including defaults including constraints)`)
await client.query(`alter table ${table} add primary key (transaction_id)`)
const found = await client.query<{ name: string }>(
  `select attname as name from pg_attribute where attrelid = '${like}'::regclass
   and attnum > 0 and not attisdropped and attname not like '\\_airbyte%' order by attnum`,
)
const columns = found.rows.map((row) => row.name)
const own = ['_airbyte_raw_id', '_airbyte_extracted_at', '_airbyte_meta', '_airbyte_generation_id']
const list = [...own, ...columns].map(quoteIdent).join(', ')
const rows = Transform.from(async function* (): AsyncGenerator<string> {
  let batch = ''
  let n = 0
  for await (const line of lines(createReadStream(file, { highWaterMark: 1 << 20 }))) {
    const row = JSON.parse(line.toString()) as Record<string, Field>
    batch += `${n++}\t2026-01-01T00:00:00Z\t{}\t0`
    for (const column of columns) batch += `\t${copyText(row[column])}`
    batch += '\n'
    if (batch.length > 1 << 18) {
      yield batch
      batch = ''
    }
  }
  yield batch
})
await client.query('begin')
await pipeline(rows, client.query(copyFrom(`copy ${table} (${list}) from stdin`)))
await client.query('commit')
await client.end()

function copyText(value: Field | undefined): string {
  if (value === null || value === undefined) return '\\N'
  const plain = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[\\\n\r\t]/.test(plain) ? plain.replace(/[\\\n\r\t]/g, (c) => ESCAPES[c] ?? c) : plain
}
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
