// Jobs in a table: those of all connections, of one, or the last few.
import { useQuery } from '@tanstack/react-query'
import { summariesQuery, isActive, type JobWithAttempts } from '../api/engine.ts'
import { Bank, Count, secondsSince, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Choice, type Column, RowLink, Table } from '../parts/table.tsx'
import { begunBy } from '../words/begun.ts'
import { useNow } from '../words/clock.ts'
import { bytes, duration } from '../words/numbers.ts'
import { jobTold } from '../words/status.ts'

interface Props {
  jobs: JobWithAttempts[]
  /** All are of one connection. */
  one?: boolean
  choice?: Choice<JobWithAttempts>
}

export function JobTable({ jobs, one = false, choice }: Props) {
  const { data: connections = [] } = useQuery(summariesQuery)
  const nameOf = (id: string) =>
    connections.find(({ connectionId }) => connectionId === id)?.name ?? 'a connection that is gone'
  const connection: Column<JobWithAttempts> = {
    title: 'Connection',
    cell: ({ job }) => <Bank text={nameOf(job.configId)} />,
  }
  return (
    <Table
      label="Jobs"
      rows={jobs}
      keyOf={({ job }) => String(job.id)}
      isRunning={({ job }) => job.status === 'running'}
      {...(choice ? { choice } : {})}
      columns={[first, ...(one ? [] : [connection]), ...rest]}
    />
  )
}

const first: Column<JobWithAttempts> = {
  title: 'Job',
  cell: ({ job }) => (
    <RowLink to="/jobs/$id" params={{ id: String(job.id) }}>
      <Sett of={job.configId} size={20} />
      {job.configType === 'sync' ? 'Sync' : 'Clear'} {job.id}
    </RowLink>
  ),
}

const rest: Column<JobWithAttempts>[] = [
  { title: 'Status', cell: ({ job }) => <StatusMark told={jobTold(job)} quiet /> },
  { title: 'Begun', cell: ({ job }) => <When at={job.createdAt} /> },
  { title: 'By', minor: true, cell: ({ job }) => <Bank text={begunBy(job)} /> },
  { title: 'Took', number: true, cell: (one) => <Took of={one} /> },
  {
    title: 'Rows',
    number: true,
    cell: ({ attempts }) => <Count value={committed(attempts, 'recordsCommitted')} />,
  },
  {
    title: 'Bytes',
    number: true,
    minor: true,
    cell: ({ attempts }) => bytes(committed(attempts, 'bytesCommitted')),
  },
  { title: 'Attempts', number: true, minor: true, cell: ({ attempts }) => attempts.length },
]

export function committed(
  attempts: JobWithAttempts['attempts'],
  what: 'recordsCommitted' | 'bytesCommitted',
): number {
  return attempts.reduce((sum, { totalStats }) => sum + totalStats[what], 0)
}

/** Of one that is not over: until now, counted on. */
export function Took({ of: { job } }: { of: Pick<JobWithAttempts, 'job'> }) {
  useNow()
  const ms = isActive(job.status)
    ? secondsSince(job.createdAt)
    : (job.updatedAt - job.createdAt) * 1_000
  return ms < 1_000 ? 'under 1 s' : duration(ms)
}
