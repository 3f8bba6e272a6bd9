// What a connection remembers: each stream's position, as its source wrote it. To be read only.
import { useQuery } from '@tanstack/react-query'
import { type Connection, stateQuery } from '../api/engine.ts'
import { CopyButton } from '../parts/copy.tsx'
import { Section } from '../parts/page.tsx'
import { Empty, Shown } from '../parts/shown.tsx'
import { visible } from '../words/hostile.ts'
import css from './connection.module.css'

export function StateTab({ connection }: { connection: Connection }) {
  const query = useQuery(stateQuery(connection.connectionId))
  return (
    <Shown
      query={query}
      rows={6}
      empty={({ stateType }) =>
        stateType === 'not_set' ? (
          <Empty title="It remembers nothing yet">
            After the first sync each stream’s position stands here; the next sync goes on there.
          </Empty>
        ) : undefined
      }
    >
      {(state) => {
        const text = JSON.stringify(state, null, 2)
        return (
          <Section title="State" aside={<CopyButton text={text} />}>
            {/* Tab reaches it, so that arrows scroll it */}
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <pre className={css['json']} role="region" aria-label="State" tabIndex={0}>
              {text.split('\n').map(visible).join('\n')}
            </pre>
          </Section>
        )
      }}
    </Shown>
  )
}
