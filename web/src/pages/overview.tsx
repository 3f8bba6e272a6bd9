// Overview: is everything fresh and right? One sentence answers; the cloth shows it; what needs
// somebody stands below, worst first, beside what comes next.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { jobsQuery, summariesQuery } from '../api/engine.ts'
import { livingOf, standingsQuery, statsQuery } from '../api/plaid.ts'
import { verificationsQuery } from '../api/web.ts'
import { Page, Section } from '../parts/page.tsx'
import { Count, When } from '../parts/said.tsx'
import { Shown } from '../parts/shown.tsx'
import { capital } from '../words/capital.ts'
import { brief } from '../words/hostile.ts'
import { Cloth } from './overview-cloth.tsx'
import { Needs, worstQuery } from './overview-needs.tsx'
import { Next } from './overview-next.tsx'
import css from './overview.module.css'
import { JobTable } from './job-table.tsx'
import { Invitation } from './welcome-dismiss.tsx'

const lastJobs = 5

export function Overview() {
  return (
    <Page title="Overview" wide heading={<Answer />}>
      <Invitation />
      <Totals />
      <Cloth />
      <div className={css['pair']}>
        <Section title="Needs somebody">
          <Needs />
        </Section>
        <Section title="Next">
          <Next />
        </Section>
      </div>
      <Section title="Last jobs" aside={<Link to="/jobs">all jobs</Link>}>
        <LastJobs />
      </Section>
    </Page>
  )
}

/** The sentence that answers. */
function Answer() {
  const { data: stand, error } = useQuery(standingsQuery)
  const { data: worst = [] } = useQuery(worstQuery)
  const { data: connections } = useQuery(summariesQuery)
  if (stand === undefined) return error === null ? 'Overview' : 'The banks cannot be asked.'
  const all = livingOf(stand)
  if (all === 0) return 'No bank is linked yet.'
  const { fresh, owner } = stand
  const rest = connections?.length === 0 ? ' Nothing syncs them yet.' : ''
  if (fresh === all) {
    const every = all === 1 ? 'The bank is fresh.' : `All ${inWords(all)} banks are fresh.`
    return `${every}${rest}`
  }
  const are = fresh === 1 ? 'is' : 'are'
  const some = `${capital(inWords(fresh))} of ${inWords(all)} banks ${are} fresh.`
  if (owner === 0) return `${some}${rest}`
  const first = worst.find(({ standing }) => standing === 'owner')
  const who = owner === 1 ? brief(first?.institution_name ?? 'One') : inWords(owner)
  return (
    <>
      {some} <bdi>{capital(who)}</bdi> {owner === 1 ? 'wants' : 'want'} you.
    </>
  )
}

const small = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

function inWords(n: number): string {
  return small[n] ?? String(n)
}

function Totals() {
  const stats = useQuery(statsQuery)
  const { data: connections = [] } = useQuery(summariesQuery)
  const last = Math.max(0, ...connections.map((one) => one.lastSuccessfulSync ?? 0))
  return (
    <Shown query={stats} rows={1}>
      {({ accounts, transactions, last_pull_at: pulled }) => (
        <p className={css['totals']}>
          <b>
            <Count value={transactions} />
          </b>{' '}
          transactions in{' '}
          <b>
            <Count value={accounts} />
          </b>{' '}
          accounts.{' '}
          {pulled === null ? (
            'Nothing was pulled from the banks yet'
          ) : (
            <>
              Pulled from the banks <When at={pulled} />
            </>
          )}
          {last === 0 ? (
            ', not synced into the warehouse yet.'
          ) : (
            <>
              , synced into the warehouse <When at={last} />.
            </>
          )}{' '}
          <Verified />
        </p>
      )}
    </Shown>
  )
}

/** Whether bank, store and warehouse were equal when that was last looked at. */
function Verified() {
  const { data } = useQuery(verificationsQuery)
  if (data === undefined) return null
  const { last } = data
  if (last === null) return <Link to="/verify">Never verified.</Link>
  const equal = last.status === 'equal'
  return (
    <>
      <Link to="/verify">{equal ? 'Equal to the banks' : 'Not equal to the banks'}</Link> as of{' '}
      <When at={last.ended_at ?? last.started_at} />.
    </>
  )
}

function LastJobs() {
  const query = useQuery(jobsQuery({}, 0, lastJobs))
  return (
    <Shown
      query={query}
      rows={lastJobs}
      empty={({ jobs }) => (jobs.length > 0 ? undefined : <p>Nothing has run yet.</p>)}
    >
      {({ jobs }) => <JobTable jobs={jobs} />}
    </Shown>
  )
}
