// SQL: one read-only statement against the warehouse at a time. The text, and how its result is
// looked at, are in the address; what was asked and what was saved the server keeps.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { Problem } from '../api/call.ts'
import { useMay } from '../api/may.ts'
import { explainSql } from '../api/web.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { copy } from '../parts/copy.tsx'
import { Select, Toolbar } from '../parts/field.tsx'
import { Page, Section } from '../parts/page.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import css from './sql.module.css'
import { History, noteAsked, Ready, Save, useSaved } from './sql-kept.tsx'
import { Plan, type PlanNode } from './sql-plan.tsx'
import { Result, useRun } from './sql-result.tsx'
import { samples } from './sql-samples.ts'
import { useSqlSchema } from './sql-schema.ts'

const SqlEditor = lazy(async () => ({ default: (await import('./sql-editor.tsx')).SqlEditor }))

const limits: [string, string][] = [
  ['100', 'first 100 rows'],
  ['1000', 'first 1,000 rows'],
]
const lastQuery = 'tartan.sql'

export function Sql() {
  const { text, change } = useText()
  const [limit, setLimit] = useState('100')
  const [plan, setPlan] = useState<PlanNode>()
  const [isSaving, setSaving] = useState(false)
  const navigate = useNavigate({ from: '/data/sql' })
  const { run, cancel, running, outcome, trouble } = useRun()
  const [before, setBefore] = useState(0)
  const may = useMay('operator')
  const schema = useSqlSchema()
  const start = (query: string, standsBefore = 0) => {
    if (may !== undefined) return
    setPlan(undefined)
    setBefore(standsBefore)
    void navigate({ search: ({ saved: _old, ...rest }) => ({ ...rest, q: text }), replace: true })
    void run(query, Number(limit))
    void noteAsked(query).catch(sayTrouble)
  }
  const stop = () => void (running && cancel())
  const save = () => setSaving(true)
  const explain = () =>
    void explainSql(text).then(({ plan: told }) => setPlan(told as PlanNode), sayTrouble)
  useActions([
    { label: 'Run the query', run: () => start(text), refused: may },
    { label: 'Explain the query', run: explain, refused: may },
    { label: 'Save the query', run: save },
  ])
  return (
    <Page title="SQL" wide crumbs={[{ label: 'Data', to: '/data' }]}>
      <Ready onChoose={change} />
      <Suspense fallback={<pre>{text}</pre>}>
        <SqlEditor
          text={text}
          schema={schema}
          fault={running ? undefined : faultIn(trouble, text, before)}
          onChange={change}
          onRun={start}
          onCancel={stop}
          onSave={save}
        />
      </Suspense>
      <Controls
        running={running}
        may={may}
        limit={limit}
        onLimit={setLimit}
        onRun={() => start(text)}
        onCancel={cancel}
        onExplain={explain}
        onSave={save}
        onCopy={() => void copy(text)}
      />
      {plan !== undefined && <Plan of={plan} />}
      <Result outcome={outcome} trouble={trouble} running={running} />
      <Section title="Asked before">
        <History onChoose={change} />
      </Section>
      <Save
        query={text}
        isOpen={isSaving}
        onClose={() => setSaving(false)}
        onSaved={(name) => {
          setSaving(false)
          void navigate({ search: { saved: name }, replace: true })
        }}
      />
    </Page>
  )
}

interface ControlsProps {
  running: boolean
  /** Why it may not be asked. */
  may: string | undefined
  limit: string
  onLimit: (limit: string) => void
  onRun: () => void
  onCancel: () => void
  onExplain: () => void
  onSave: () => void
  onCopy: () => void
}

function Controls({ running, may, limit, onLimit, ...acts }: ControlsProps) {
  const { onRun, onCancel, onExplain, onSave, onCopy } = acts
  return (
    <Toolbar label="Query">
      {running ? (
        <Button icon="stop" onClick={onCancel}>
          Cancel
        </Button>
      ) : (
        <Button look="main" icon="play" refused={may} onClick={onRun}>
          Run
        </Button>
      )}
      <Button refused={may} onClick={onExplain}>
        Explain
      </Button>
      <Button onClick={onSave}>Save</Button>
      <Button icon="copy" onClick={onCopy}>
        Copy
      </Button>
      <Select label="Rows" value={limit} options={limits} onChange={onLimit} />
      <span className={css['keys']}>
        <kbd>Ctrl Enter</kbd> runs, <kbd>Ctrl S</kbd> saves, <kbd>Esc</kbd> cancels and leaves the
        editor
      </span>
    </Toolbar>
  )
}

/** The editor's: of the address, of what is saved under the name there, or the last one. */
function useText() {
  const { q, saved } = useSearch({ from: '/data/sql' })
  const kept = useSaved().find(({ name }) => name === saved)?.query
  const asked = saved === undefined ? q : kept
  const [text, setText] = useState(
    asked ?? localStorage.getItem(lastQuery) ?? samples[1]?.query ?? '',
  )
  const change = useCallback((next: string) => {
    setText(next)
    localStorage.setItem(lastQuery, next)
  }, [])
  const arrived = useRef(asked)
  useEffect(() => {
    // from a ready query, the palette or a link of another page: the address has another text
    if (asked !== undefined && asked !== arrived.current) setText(asked)
    arrived.current = asked
  }, [asked])
  return { text, change }
}

/** The server counts characters from one, and only those of what it was given. */
function faultIn(trouble: unknown, text: string, before: number): number | undefined {
  if (!(trouble instanceof Problem) || trouble.position === undefined) return undefined
  const given = Array.from(text.slice(before))
  return before + given.slice(0, trouble.position - 1).join('').length
}
