// What comes next by itself: the banks' pulls and the connections' syncs, in the order of time.
import { useQuery } from '@tanstack/react-query'
import { type Summary, summariesQuery } from '../api/engine.ts'
import { type Item, itemsQuery, living } from '../api/plaid.ts'
import { Bank, When } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import css from './overview.module.css'

const shownMax = 6
const none: Summary[] = []

export function Next() {
  const items = useQuery(itemsQuery({ order: 'next_pull', standing: living, limit: shownMax }))
  const { data: connections = none } = useQuery(summariesQuery)
  const syncs = connections.flatMap(({ connectionId: id, name, nextRunAt: at }) =>
    at === undefined ? [] : [{ id, at: at * 1_000, what: 'sync', name }],
  )
  return (
    <Shown query={items} rows={3}>
      {(all) => {
        const coming = [...pulls(all), ...syncs].toSorted((a, b) => a.at - b.at)
        if (coming.length === 0) return <p className={css['calm']}>Nothing runs by itself.</p>
        return (
          <ul className={css['list']}>
            {coming.slice(0, shownMax).map(({ id, at, what, name }) => (
              <li key={id} className={css['next']}>
                <When at={new Date(at).toISOString()} />
                <span>
                  {what} <Bank text={name} />
                </span>
              </li>
            ))}
          </ul>
        )
      }}
    </Shown>
  )
}

function pulls(items: Item[]) {
  return items.flatMap(({ item_id: id, next_pull_at: next, institution_name: name }) =>
    next === null ? [] : [{ id, at: Date.parse(next), what: 'pull', name: name ?? id }],
  )
}
