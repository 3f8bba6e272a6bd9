// What another program asks for the rows that a page shows: every name and value stands in quotes,
// and no key is in it.
import { expect, test } from 'vitest'
import { jsonOf } from '../../web/src/parts/export.ts'
import { curlOf, pathOfRow, sqlOfRow, sqlOfRows } from '../../web/src/words/rows-asked.ts'

const table = {
  schema: 'airbyte_plaid',
  name: 'o"dd',
  columns: [
    { name: 'order', type: 'text', key: 2 },
    { name: 'id', type: 'text', key: 1 },
    { name: 'extra', type: 'jsonb', key: null },
  ],
}

test('rows are asked in the order and with the filter of the page', () => {
  expect(sqlOfRows(table, {})).toBe(
    'select * from "airbyte_plaid"."o""dd"\norder by "id" nulls last, "order" nulls last',
  )
  expect(sqlOfRows(table, { sort: '-id', column: 'order', op: 'contains', value: "o'x" })).toBe(
    `select * from "airbyte_plaid"."o""dd"
where position(lower('o''x') in lower("order"::text)) > 0
order by "id" desc nulls last, "order" nulls last`,
  )
  const json = { column: 'extra', op: 'ne', value: '{}', sort: 'extra' }
  expect(sqlOfRows({ ...table, columns: table.columns.slice(2) }, json)).toBe(
    `select * from "airbyte_plaid"."o""dd"
where "extra"::text is distinct from '{}'
order by "extra"::text nulls last`,
  )
  expect(sqlOfRows(table, { column: 'id', op: 'null', value: 'x' })).toContain('"id" is null')
})

test('a row is asked by its key, where there is one', () => {
  expect(sqlOfRow(table, (name) => `${name}'s`)).toBe(
    `select * from "airbyte_plaid"."o""dd"\nwhere "id" = 'id''s' and "order" = 'order''s'`,
  )
  expect(sqlOfRow({ ...table, columns: [] }, String)).toBeUndefined()
})

test('curl asks with the shell’s key, and nothing leaves its quotes', () => {
  expect(pathOfRow('transactions', () => "a'b/c")).toBe("transactions/a'b%2Fc")
  expect(pathOfRow('securities', String)).toBeUndefined()
  expect(curlOf('http://localhost:8080', "transactions/a'b%2Fc")).toBe(
    `curl -H "Authorization: Bearer $TARTAN_API_KEY" ` +
      `'http://localhost:8080/transactions/a%27b%2Fc'`,
  )
})

test('rows as JSON are a list of objects', () => {
  const columns = [
    { name: 'id', type: 'text' },
    { name: 'amount', type: 'numeric' },
  ]
  expect(JSON.parse(jsonOf(columns, [['a', '-3.76'], ['b']]))).toEqual([
    { id: 'a', amount: '-3.76' },
    { id: 'b', amount: null },
  ])
})
