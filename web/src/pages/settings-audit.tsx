// The audit: who did what, when, and whether it was let; the newest first.
import { useInfiniteQuery } from '@tanstack/react-query'
import { type AuditEntry, auditQuery } from '../api/people.ts'
import { Button } from '../parts/button.tsx'
import { Section } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { inWords } from '../words/audit.ts'
import type { Told } from '../words/status.ts'
import css from './bank.module.css'

const columns: Column<AuditEntry>[] = [
  {
    title: 'What',
    prose: true,
    cell: ({ action, detail }) => (
      <span title={action}>
        <b>
          <Bank text={inWords(action)} />
        </b>
        {Object.entries(detail).map(([name, value]) => (
          <span key={name} className={css['sub']}>
            {name} <Bank text={typeof value === 'string' ? value : JSON.stringify(value)} />
          </span>
        ))}
      </span>
    ),
  },
  { title: 'Who', cell: ({ person }) => <Bank text={person} /> },
  { title: 'By', minor: true, cell: ({ place }) => place },
  { title: 'When', cell: ({ at }) => <When at={at} /> },
  {
    title: 'Outcome',
    cell: ({ status }) => <StatusMark told={told(status)} quiet />,
  },
]

function told(status: number): Told {
  if (status < 400) return { tone: 'fresh', word: 'done' }
  return status < 500
    ? { tone: 'attention', word: `refused, ${status}` }
    : { tone: 'failed', word: `failed, ${status}` }
}

export function Audit() {
  const query = useInfiniteQuery(auditQuery)
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  return (
    <Section title="Audit" aside="kept for 180 days">
      <Shown
        query={query}
        rows={8}
        empty={({ pages }) =>
          (pages[0]?.entries.length ?? 0) > 0 ? undefined : (
            <Empty title="Nothing is written down yet">
              What is changed, here, by a key or by a command, and who entered how, stands here.
            </Empty>
          )
        }
      >
        {({ pages }) => (
          <div>
            <Table
              label="Audit"
              columns={columns}
              rows={pages.flatMap(({ entries }) => entries)}
              keyOf={({ id }) => id}
            />
            {hasNextPage && (
              <p className={css['more']}>
                <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  Show what was before
                </Button>
              </p>
            )}
          </div>
        )}
      </Shown>
    </Section>
  )
}
