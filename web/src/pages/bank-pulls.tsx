// A bank's last pulls: who asked, how long it took, what came, what went wrong.
import { useQuery } from '@tanstack/react-query'
import { type Pull, pullsQuery } from '../api/plaid.ts'
import { Bank, Count, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { duration } from '../words/numbers.ts'
import { attemptTold } from '../words/status.ts'

const shownMax = 8

const triggers: Record<Pull['trigger'], string> = {
  poll: 'by itself',
  request: 'asked for',
  verify: 'for a verification',
  webhook: 'Plaid told of it',
}

const columns: Column<Pull>[] = [
  { title: 'Begun', cell: ({ started_at: at }) => <When at={at} /> },
  { title: 'Outcome', cell: ({ status }) => <StatusMark told={attemptTold(status)} quiet /> },
  {
    title: 'Why',
    minor: true,
    cell: ({ trigger, mode }) => `${triggers[trigger]}${mode === 'full' ? ', all of it' : ''}`,
  },
  { title: 'Took', number: true, cell: took },
  { title: 'New', number: true, cell: ({ added }) => <Count value={added} /> },
  { title: 'Changed', number: true, cell: ({ modified }) => <Count value={modified} /> },
  { title: 'Gone', number: true, cell: ({ removed }) => <Count value={removed} /> },
  {
    title: 'What went wrong',
    minor: true,
    prose: true,
    cell: ({ error_message: message }) => (message === null ? '' : <Bank text={message} />),
  },
]

function took({ started_at: from, finished_at: to }: Pull): string {
  return to === null ? 'runs' : duration(Date.parse(to) - Date.parse(from))
}

export function Pulls({ item }: { item: string }) {
  const query = useQuery(pullsQuery(item, shownMax))
  return (
    <Shown
      query={query}
      rows={4}
      empty={(pulls) =>
        pulls.length > 0 ? undefined : (
          <Empty title="Not pulled yet">Its first pull begins within a minute.</Empty>
        )
      }
    >
      {(pulls) => <Table label="Pulls" columns={columns} rows={pulls} keyOf={({ id }) => id} />}
    </Shown>
  )
}
