// The log of an attempt: its end first, what was before as one scrolls up; level, origin, search
// and a line stand in the address. It follows while it grows, until somebody scrolls up.
import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { logFile, type LogOf, logPage } from '../api/log.ts'
import { onNotice } from '../api/notices.ts'
import { useActions } from '../parts/actions.ts'
import { Button } from '../parts/button.tsx'
import { saveFile } from '../parts/download.ts'
import { Search, Select, Toolbar } from '../parts/field.tsx'
import { FilterControls } from '../parts/filters.tsx'
import { Section } from '../parts/page.tsx'
import { Failure } from '../parts/shown.tsx'
import { say, sayTrouble } from '../parts/toasts.tsx'
import { createLogReader, type LogReader } from '../words/log-window.ts'
import { Lines } from './job-log-lines.tsx'
import css from './job-log.module.css'

const levels: [string, string][] = [
  ['', 'every level'],
  ['WARN', 'warnings and errors'],
  ['ERROR', 'errors'],
]
const origins: [string, string][] = [
  ['', 'every origin'],
  ['source', 'source'],
  ['destination', 'destination'],
  ['platform', 'platform'],
]

interface Props {
  jobId: number
  attemptNumber: number
  /** More may come. */
  grows: boolean
}

export function Log({ jobId, attemptNumber, grows }: Props) {
  const { search, set, mark } = useAddress()
  const { level, origin, q = '', line } = search
  const of = useMemo(
    () => ({ jobId, attemptNumber, level, origin }),
    [jobId, attemptNumber, level, origin],
  )
  const reader = useReader(of, line, grows)
  const failure = useSyncExternalStore(reader.subscribe, reader.failure)
  const [wraps, setWraps] = useState(false)
  const [follows, setFollows] = useState(line === undefined)
  const goTo = (n: number) => {
    setFollows(false)
    mark(n)
  }
  const toEnd = () => {
    mark(undefined)
    setFollows(true)
    if (reader.window()?.hasNewer !== false) void reader.go()
  }
  const find = useFind(of, q, line, goTo)
  const save = useSave(of)
  useActions([
    { label: 'Follow the log', key: 'f', run: toEnd },
    { label: 'The next line that is searched for', key: 'n', run: find.next },
    { label: 'The one before', key: 'N', run: find.previous },
    { label: 'Wrap the log’s lines', key: 'w', run: () => setWraps(!wraps) },
    { label: 'Download the log', run: () => save.mutate() },
  ])
  return (
    <Section title="Log" aside={<span>{grows && follows ? 'following' : ''}</span>}>
      <Toolbar label="Log">
        <Find find={find} q={q} onChange={set('q')} />
        <LogFilters />
        <Button aria-pressed={follows} onClick={toEnd}>
          {grows ? 'Follow' : 'To the end'}
        </Button>
        <Button aria-pressed={wraps} onClick={() => setWraps(!wraps)}>
          Wrap
        </Button>
        <Button icon="download" busy={save.isPending} onClick={() => save.mutate()}>
          Download
        </Button>
      </Toolbar>
      {failure !== undefined && (
        <p role="alert">
          <Failure of={failure} />
        </p>
      )}
      <Lines
        reader={reader}
        wraps={wraps}
        follows={follows}
        onFollow={setFollows}
        marked={line === undefined ? undefined : line - 1}
        found={q}
        onMark={goTo}
      />
    </Section>
  )
}

function LogFilters() {
  const { search, set, clear } = useAddress()
  const { level = '', origin = '' } = search
  return (
    <FilterControls
      onClear={clear}
      of={[
        {
          label: 'Level',
          isSet: level !== '',
          control: <Select label="Level" value={level} options={levels} onChange={set('level')} />,
        },
        {
          label: 'Origin',
          isSet: origin !== '',
          control: (
            <Select label="Origin" value={origin} options={origins} onChange={set('origin')} />
          ),
        },
      ]}
    />
  )
}

function useAddress() {
  const search = useSearch({ from: '/jobs/$id' })
  const navigate = useNavigate({ from: '/jobs/$id' })
  const set = (key: 'level' | 'origin' | 'q') => (value: string) =>
    void navigate({
      search: ({ [key]: _old, ...rest }) => (value === '' ? rest : { ...rest, [key]: value }),
      replace: true,
    })
  const clear = () =>
    void navigate({ search: ({ level: _l, origin: _o, ...rest }) => rest, replace: true })
  const mark = (n: number | undefined) =>
    void navigate({
      search: ({ line: _old, ...rest }) => (n === undefined ? rest : { ...rest, line: n + 1 }),
      replace: true,
    })
  return { search, set, clear, mark }
}

interface FindProps {
  find: ReturnType<typeof useFind>
  q: string
  onChange: (q: string) => void
}

function Find({ find, q, onChange }: FindProps) {
  return (
    <form
      role="search"
      className={css['search']}
      onSubmit={(event) => {
        event.preventDefault()
        find.next()
      }}
    >
      <Search label="Search the log" value={q} onChange={onChange} />
      <Button submits refused={find.refused} busy={find.isBusy}>
        Next
      </Button>
      <Button refused={find.refused} onClick={find.previous}>
        Previous
      </Button>
    </form>
  )
}

/** Reads the end, or around the line of the address; and what is written, as it is. */
function useReader(of: LogOf, line: number | undefined, grows: boolean): LogReader {
  const reader = useMemo(() => createLogReader((place) => logPage(of, place)), [of])
  useEffect(() => {
    const lines = reader.window()?.lines
    const isHere = lines?.some(({ n }) => line === undefined || n === line - 1)
    if (isHere !== true) void reader.go(line === undefined ? undefined : line - 1)
  }, [reader, line])
  useEffect(() => {
    const read = () => {
      if (reader.window()?.hasNewer === false) void reader.newer()
    }
    // also once when it has ended
    read()
    if (!grows) return undefined
    const ends = [
      onNotice('log', ({ id }) => id === String(of.jobId) && read()),
      onNotice('reset', read),
      onNotice('jobs', ({ id }) => id === undefined && read()),
    ]
    return () => ends.forEach((end) => end())
  }, [reader, of, grows])
  return reader
}

function useSave(of: LogOf) {
  const { jobId, attemptNumber } = of
  return useMutation({
    mutationFn: () => logFile(of),
    onSuccess: (texts) =>
      saveFile(`job-${jobId}-attempt-${attemptNumber + 1}.log`, texts.join(''), 'text/plain'),
    onError: sayTrouble,
  })
}

/** From the line of the address on, or from the beginning; round the end. */
function useFind(of: LogOf, q: string, line: number | undefined, goTo: (n: number) => void) {
  const find = useMutation({
    mutationFn: async (back: boolean) => {
      const wanted = { search: q, limit: 1, tail: back }
      const first = line === undefined ? {} : back ? { before: line - 1 } : { after: line - 1 }
      const [found] = await logPage(of, { ...wanted, ...first })
      return found ?? (await logPage(of, wanted))[0]
    },
    onSuccess: (found) => (found ? goTo(found.n) : say('No line has this.')),
    onError: sayTrouble,
  })
  const refused = q === '' ? 'Write first what to look for.' : undefined
  const run = (back: boolean) => () => refused === undefined && find.mutate(back)
  return { next: run(false), previous: run(true), refused, isBusy: find.isPending }
}
