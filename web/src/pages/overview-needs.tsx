// What needs somebody, worst first, each with its one action.
import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { jobsQuery, summariesQuery } from '../api/engine.ts'
import { itemsQuery, standingsQuery } from '../api/plaid.ts'
import { statusQuery } from '../api/web.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Bank } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { useNow } from '../words/clock.ts'
import { connectionTold, itemTold, type Tone } from '../words/status.ts'
import { sayOf } from './bank-words.ts'
import css from './overview.module.css'

interface Need {
  id: string
  tone: Tone
  name: string
  word: string
  text: ReactNode
  action: string
  link: LinkProps
}

const shownMax = 10

/** Those that need somebody, the worst first. */
export const worstQuery = itemsQuery({
  standing: ['failed', 'owner', 'attention'],
  order: 'worst',
  limit: shownMax,
})
const order: Tone[] = ['failed', 'person', 'attention']

export function Needs() {
  const items = useQuery(worstQuery)
  const { data: stand } = useQuery(standingsQuery)
  const needs = useNeeds()
  const ofBanks = stand === undefined ? 0 : stand.failed + stand.owner + stand.attention
  const all = needs.length + Math.max(0, ofBanks - shownMax)
  return (
    <Shown query={items} rows={2}>
      {() =>
        needs.length === 0 ? (
          <p className={css['calm']}>
            <Shape tone="fresh" /> Nothing needs anybody.
          </p>
        ) : (
          <ul className={css['list']}>
            {needs.slice(0, shownMax).map((need) => (
              <li key={need.id} className={css['need']}>
                <Shape tone={need.tone} />
                <span>
                  <b>
                    <Bank text={need.name} />
                  </b>{' '}
                  · {need.word}
                </span>
                <PageLink {...need.link} look="plain">
                  {need.action}
                </PageLink>
                <p>{need.text}</p>
              </li>
            ))}
            {all > shownMax && (
              <li className={css['calm']}>
                <Link to="/banks">and {all - shownMax} more, none of them worse</Link>
              </li>
            )}
          </ul>
        )
      }
    </Shown>
  )
}

function useNeeds(): Need[] {
  const { data: items = [] } = useQuery(worstQuery)
  const { data: connections = [] } = useQuery(summariesQuery)
  const { data: jobs } = useQuery(jobsQuery({}, 0))
  const { data: status } = useQuery(statusQuery)
  const now = useNow(60_000)
  const ofBanks = items.map((item): Need => {
    const { action, ...told } = sayOf(item, now)
    const params = { item: item.item_id }
    const link: LinkProps =
      action === 'Repair'
        ? { to: '/banks/link', search: { item: item.item_id } }
        : { to: '/banks/$item', params }
    const name = item.institution_name ?? item.item_id
    return { id: item.item_id, ...itemTold(item), ...told, name, action, link }
  })
  const ofConnections = connections.map((connection): Need => {
    const id = connection.connectionId
    const last = jobs?.jobs.find(({ job }) => job.id === connection.runs[0]?.id)
    const failure = last?.attempts.at(-1)?.failureSummary?.failures[0]?.externalMessage
    return {
      id,
      ...connectionTold(connection),
      name: connection.name,
      text: connection.statusReason ?? failure ?? 'Its last sync did not end well.',
      action: 'Look',
      link: { to: '/connections/$id', params: { id } },
    }
  })
  const ofProcesses = (status?.processes ?? [])
    .filter((one) => one.state !== 'running')
    .map((one): Need => ({
      id: one.name,
      tone: 'failed',
      name: one.name,
      word: one.state,
      text: one.note ?? one.last_end ?? 'It does not run: ./tartan status says why.',
      action: 'Look',
      link: { to: '/system' },
    }))
  return [...ofProcesses, ...ofBanks, ...ofConnections]
    .filter(({ tone }) => order.includes(tone))
    .toSorted((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone))
}
