// The part of the dbt project that derives from the dictionary of streams: sources, staging models
// and the text about each column. `dictionary.test.ts` holds the files equal to it.
import { catalog } from '../../src/catalog/catalog.ts'
import { DELETED_AT, propertyNames, type Stream } from '../../src/catalog/stream.ts'

interface Column {
  name: string
  type: string
  doc: string
  nullable: boolean
}

interface Derived extends Column {
  /** The SQL that makes it of the stream's columns. */
  sql: string
}

const CURRENCY: Derived = {
  name: 'currency',
  type: 'character varying',
  doc: 'Its ISO 4217 code, or the unofficial one; none where there is neither.',
  nullable: false,
  sql: "coalesce(iso_currency_code, unofficial_currency_code, 'none')",
}

/** What staging adds to a stream: nothing but what one row says by itself. */
const DERIVED: Record<string, Derived[]> = {
  transactions: [
    CURRENCY,
    {
      name: 'occurred_on',
      type: 'date',
      doc: 'The day to show to a person: when it was authorized, else when it posted.',
      nullable: true,
      sql: 'coalesce(authorized_date, date)',
    },
    {
      name: 'signed_amount',
      type: 'numeric',
      doc: 'The amount seen from the account: negative when money leaves it.',
      nullable: true,
      sql: '-amount',
    },
    {
      name: 'is_pending',
      type: 'boolean',
      doc: 'Not posted yet.',
      nullable: false,
      sql: 'coalesce(pending, false)',
    },
  ],
  accounts: [
    CURRENCY,
    {
      name: 'is_liability',
      type: 'boolean',
      doc: 'A credit card or a loan: its balance is owed.',
      nullable: false,
      sql: "coalesce(type in ('credit', 'loan'), false)",
    },
    {
      name: 'is_closed',
      type: 'boolean',
      doc: 'The bank lists it no more, or its Item was disconnected.',
      nullable: false,
      sql: 'closed_at is not null',
    },
  ],
}

/** The streams that have a staging model: those that our models read. */
const STAGED = catalog.filter(({ name }) => Object.hasOwn(DERIVED, name))

/** The files that derive from the catalog, by their path below dbt/. */
export function derivedFiles(): Record<string, string> {
  const staging = 'models/staging'
  return {
    [`${staging}/_plaid__columns.md`]: columnsPage(),
    [`${staging}/_plaid__sources.yml`]: sourcesYaml(),
    [`${staging}/_plaid__models.yml`]: modelsYaml(),
    ...Object.fromEntries(
      STAGED.map((stream) => [`${staging}/stg_plaid__${stream.name}.sql`, stagingSql(stream)]),
    ),
  }
}

/** What a stream has as columns in the warehouse, where the bank's deletions delete. */
function columnsOf(stream: Stream): Column[] {
  return propertyNames(stream.schema)
    .filter((name) => name !== DELETED_AT)
    .map((name) => {
      const field = stream.schema.properties[name] as {
        type: string | string[]
        format?: string
        description: string
      }
      const types = [field.type].flat()
      return {
        name,
        type: sqlType(types[0], field.format),
        doc: field.description,
        nullable: types.includes('null'),
      }
    })
}

function sqlType(type: string | undefined, format: string | undefined): string {
  if (format === 'date') return 'date'
  if (format === 'date-time') return 'timestamp with time zone'
  const known: Record<string, string> = {
    string: 'character varying',
    number: 'numeric',
    boolean: 'boolean',
    object: 'jsonb',
    array: 'jsonb',
  }
  const found = known[type ?? '']
  if (found === undefined) throw new Error(`no column type for ${type}`)
  return found
}

function columnsPage(): string {
  const blocks = catalog.flatMap((stream) =>
    [...columnsOf(stream), ...(DERIVED[stream.name] ?? [])].map(
      ({ name, doc }) => `{% docs plaid_${stream.name}__${name} %}\n${doc}\n{% enddocs %}\n`,
    ),
  )
  return blocks.join('\n')
}

const MADE_BY = '# Made of the dictionary of streams, and held equal to it by test/dbt.\n'

function sourcesYaml(): string {
  const tables = catalog.map(
    (stream) => `      - name: ${stream.name}
        description: ${JSON.stringify(stream.doc)}
        config:
${enabled(stream)}          loaded_at_query: "{{ last_write('${stream.name}') }}"
${keyTest(stream)}        columns:
${columnsOf(stream)
  .map((column) => columnYaml(stream, column, 10))
  .join('')}`,
  )
  return `${MADE_BY}version: 2

sources:
  - name: plaid
    description: What Tartan syncs from the banks.
    schema: "{{ var('source_schema') }}"
    config:
      freshness:
        warn_after: {count: 13, period: hour}
        error_after: {count: 25, period: hour}
    tables:
${tables.join('')}`
}

/** There is a table of it only where its product is pulled. */
function enabled({ name, product }: Stream): string {
  if (product === null || product === 'transactions') return ''
  return `          enabled: "{{ '${name}' in env_var('TARTAN_DBT_STREAMS', '').split() }}"
`
}

/** A key of one column is tested at the column. */
function keyTest({ primaryKey }: Stream): string {
  if (primaryKey.length === 1) return ''
  const columns = primaryKey.join(', ')
  return `        data_tests:
          - unique_together: {arguments: {columns: [${columns}]}}
`
}

function modelsYaml(): string {
  const models = STAGED.map(
    (stream) => `  - name: stg_plaid__${stream.name}
    description: ${JSON.stringify(`${stream.doc} One row is as the bank has it now.`)}
    config:
      contract: {enforced: true}
    columns:
${[...columnsOf(stream), ...(DERIVED[stream.name] ?? [])]
  .map((column) => columnYaml(stream, column, 6, column.type))
  .join('')}`,
  )
  return `${MADE_BY}version: 2

models:
${models.join('')}`
}

/** A source's column without its type: that is the contract of the staging model to hold. */
function columnYaml(stream: Stream, column: Column, indent: number, type?: string): string {
  const { name } = column
  const isKey = stream.primaryKey.length === 1 && stream.primaryKey[0] === name
  const tests = [
    ...(column.nullable ? [] : ['not_null']),
    ...(isKey && stream.primaryKey.length === 1 ? ['unique'] : []),
  ]
  const lines = [
    `- name: ${name}`,
    `  description: "{{ doc('plaid_${stream.name}__${name}') }}"`,
    ...(type === undefined ? [] : [`  data_type: ${type}`]),
    ...(tests.length === 0 ? [] : [`  data_tests: [${tests.join(', ')}]`]),
  ]
  return lines.map((line) => `${' '.repeat(indent)}${line}\n`).join('')
}

function stagingSql(stream: Stream): string {
  const raw = columnsOf(stream).map(({ name }) => `  ${name}`)
  const derived = (DERIVED[stream.name] ?? []).map(({ name, sql }) => `  ${sql} as ${name}`)
  const source = `{{ source('plaid', '${stream.name}') }}`
  const deleted =
    stream.deletion.kind === 'tombstone'
      ? `\n{{ without_deleted(source('plaid', '${stream.name}')) }}`
      : ''
  return `-- Made of the dictionary of streams, and held equal to it by test/dbt.
select
${[...raw, ...derived].join(',\n')}
from ${source}${deleted}
`
}
