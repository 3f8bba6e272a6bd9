// How PostgreSQL finds what a service asks: every statement that a pool sends is noted, and asked
// again to be explained, with the same values and settings.
import type { ClientBase } from 'pg'
import type { Pool } from '../../src/postgres/pool.ts'

interface Statement {
  text: string
  values: unknown[]
}

export interface Plan {
  text: string
  nodes: PlanNode[]
}

export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: PlanNode[]
}

/** Of connections that are made from now on. */
export function noteStatements(pools: Pool[]): Statement[] {
  const noted: Statement[] = []
  const note = (client: ClientBase) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    client.query = ((...given: unknown[]) => {
      const [text, values] = given
      if (typeof text === 'string') {
        noted.push({ text, values: Array.isArray(values) ? (values as unknown[]) : [] })
      }
      return query(...given)
    }) as never
  }
  for (const pool of pools) pool.on('connect', note)
  return noted
}

/** In one session, in their order: so that what one of them sets counts for the next. */
export async function plansOf(pool: Pool, statements: Statement[]): Promise<Plan[]> {
  const client = await pool.connect()
  const plans: Plan[] = []
  try {
    for (const { text, values } of statements) {
      if (/^\s*(select|with|copy)/i.test(text) && !text.includes('set_config')) {
        const explained = await client.query(`explain (format json) ${text}`, values as never[])
        const [row] = explained.rows as { 'QUERY PLAN': { Plan: PlanNode }[] }[]
        plans.push({ text, nodes: row?.['QUERY PLAN'].flatMap(({ Plan }) => flat(Plan)) ?? [] })
      } else await client.query(text, values as never[])
    }
  } finally {
    client.release(true)
  }
  return plans
}

function flat(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)]
}
