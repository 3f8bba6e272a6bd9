// docs/streams.md, which derives from the dictionary of streams; `page.test.ts` holds it equal.
import { catalog } from '../../src/catalog/catalog.ts'
import type { Stream } from '../../src/catalog/stream.ts'

export function streamsPage(): string {
  return `<!-- Made of the dictionary of streams, and held equal to it by test/catalog. -->

# Streams

What Tartan brings from the banks, in the order in which a sync reads it. All streams are in one
feed order: \`GET /<stream>/incremental\` of plaid-api gives what changed, \`GET /<stream>\` what is
living (of Items, \`GET /items\` tells more than a row). A row that is gone is a tombstone in the
feed, and deletes its row in the warehouse. What Plaid says beyond the columns is in \`extra\`.

| stream | what it is | key | comes with | brought |
|---|---|---|---|---|
${catalog.map(line).join('\n')}

${catalog.map(section).join('\n')}`
}

function line({ name, doc, primaryKey, product, brings }: Stream): string {
  const key = primaryKey.map((field) => `\`${field}\``).join(', ')
  const how = brings === 'whole' ? 'whole, each time' : 'as its changes'
  return `| [${name}](#${name}) | ${doc} | ${key} | ${withWhat(product)} | ${how} |`
}

function withWhat(product: string | null): string {
  return product === null || product === 'transactions' ? 'every Item' : `\`${product}\``
}

function section({ name, doc, schema, deletion, daysKept, notAtBank: not }: Stream): string {
  const fields = Object.entries(schema.properties).map(
    ([field, of]) => `| \`${field}\` | ${(of as { description: string }).description} |`,
  )
  const stays = deletion.kind === 'none' ? ' It is of no Item, and its rows stay.' : ''
  const kept = ` The store keeps ${daysKept} days of it, the warehouse all that it was brought.`
  const end = daysKept === undefined ? stays : kept
  const proof = not === undefined ? '' : ` \`verify\` compares it with the warehouse alone: ${not}.`
  return `## ${name}

${doc}${end}${proof}

| column | what it is |
|---|---|
${fields.join('\n')}
`
}
