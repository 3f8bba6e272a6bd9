// What the editor completes: the warehouse's tables and their columns, as the catalog names them.
import type { SQLNamespace } from '@codemirror/lang-sql'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { columnDocsQuery } from '../api/plaid.ts'
import { tablesQuery } from '../api/web.ts'

export function useSqlSchema(): SQLNamespace {
  const { data } = useQuery(columnDocsQuery)
  return useMemo(() => {
    const tables: Record<string, string[]> = {}
    for (const name of data?.keys() ?? []) {
      const [table = '', column = ''] = name.split('.')
      ;(tables[table] ??= []).push(column)
    }
    return { airbyte_plaid: tables }
  }, [data])
}

/**
 * Whether a sync has ever made the tables: before that every question of them would fail. Where it
 * cannot be told, the question is asked, and says itself what is wrong.
 */
export function useIsSynced(): boolean | undefined {
  return useHasTable('transactions')
}

/** Whether the warehouse has a stream's table; as above. */
export function useHasTable(table: string): boolean | undefined {
  const { data, isError } = useQuery(tablesQuery)
  if (data === undefined && isError) return true
  return data?.tables.some(({ schema, name }) => schema === 'airbyte_plaid' && name === table)
}
