// A window on a log's lines, however many there are: some dozens are in the document. What comes
// before and after is read as one nears it, and what is seen stays where it is meanwhile.
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react'
import type { LogLine, LogReader } from '../words/log-window.ts'
import { usePreferences, type Preferences } from '../words/preferences.ts'
import { clockTime } from '../words/times.ts'
import css from './job-log.module.css'

const rowPx = 24
/** So near the first or the last line the next ones are read. */
const nearRows = 40

interface Props {
  reader: LogReader
  wraps: boolean
  follows: boolean
  onFollow: (follows: boolean) => void
  marked: number | undefined
  /** What is searched for. */
  found: string
  onMark: (n: number) => void
}

const none: readonly LogLine[] = []

export function Lines({ reader, wraps, follows, onFollow, marked, found, onMark }: Props) {
  const window = useSyncExternalStore(reader.subscribe, reader.window)
  const lines = window?.lines ?? none
  const frame = useRef<HTMLDivElement>(null)
  const { zone } = usePreferences()
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => lines[index]?.n ?? index,
    overscan: 12,
  })
  const goTo = lines.findIndex(({ n }) => n === marked)
  useEffect(() => {
    if (goTo >= 0) rows.scrollToIndex(goTo, { align: 'center' })
    // the line alone counts, not where it stands in what was read since
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [marked, goTo >= 0, rows])
  const last = lines.at(-1)?.n
  useEffect(() => {
    if (follows && last !== undefined) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [last, follows, lines.length, rows])
  const seen = useStay(lines, frame, rows)
  const items = rows.getVirtualItems()
  const [first, end] = [items[0]?.index, items.at(-1)?.index]
  useEffect(() => {
    if (first === undefined || end === undefined || window === undefined) return
    if (first < nearRows && window.hasOlder) void reader.older()
    else if (end > lines.length - nearRows && window.hasNewer) void reader.newer()
  }, [first, end, window, lines.length, reader])
  const onScroll = () => {
    seen()
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = frame.current ?? {}
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - rowPx
    if (isAtEnd !== follows && window?.hasNewer === false) onFollow(isAtEnd)
    else if (!isAtEnd && follows) onFollow(false)
  }
  if (window === undefined) return <div className={css['log']} style={{ height: 12 * rowPx }} />
  if (lines.length === 0) return <p className={css['none']}>No line to show.</p>
  return (
    // a log is scrolled by keys too
    <div
      ref={frame}
      className={css['log']}
      style={{ height: `min(60vh, ${Math.max(lines.length, 4) * rowPx + 18}px)` }}
      role="log"
      aria-label="Log"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={onScroll}
    >
      <div className={css['lines']} style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const line = lines[index]
          if (line === undefined) return null
          const isMarked = line.n === marked
          const place = { index, start, onElement: rows.measureElement }
          return (
            <Line key={line.n} {...{ line, wraps, isMarked, found, zone, onMark }} {...place} />
          )
        })}
      </div>
    </div>
  )
}

interface LineProps extends Pick<Props, 'wraps' | 'found' | 'onMark'> {
  line: LogLine
  index: number
  start: number
  onElement: (element: HTMLElement | null) => void
  isMarked: boolean
  zone: Preferences['zone']
}

function Line({ line, index, start, onElement, ...props }: LineProps) {
  const { wraps, isMarked, found, zone, onMark } = props
  const { n, source, level, text } = line
  const atMs = Date.parse(line.at)
  return (
    <div
      ref={onElement}
      data-index={index}
      className={`${css['line']} ${wraps ? css['wraps'] : ''} ${css[level] ?? ''}`}
      data-marked={isMarked || undefined}
      style={{ transform: `translateY(${start}px)` }}
    >
      <button
        type="button"
        className={css['number']}
        aria-label={`Link to line ${n + 1}`}
        onClick={() => onMark(n)}
      >
        {n + 1}
      </button>
      <span className={css['at']}>{Number.isNaN(atMs) ? '' : clockTime(atMs, zone, true)}</span>
      <span className={css['source']}>{source}</span>
      <span className={css['level']}>{level}</span>
      <bdi>{withMark(text, found)}</bdi>
    </div>
  )
}

function withMark(text: string, found: string): ReactNode {
  const at = found === '' ? -1 : text.toLowerCase().indexOf(found.toLowerCase())
  if (at < 0) return text
  const end = at + found.length
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  )
}

/** The line at the top stays there when others are put before it; gives what notes which it is. */
function useStay(
  lines: readonly LogLine[],
  frame: RefObject<HTMLDivElement | null>,
  rows: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
): () => void {
  const top = useRef<{ n: number; beyondPx: number }>(undefined)
  const first = lines[0]?.n
  useLayoutEffect(() => {
    const index = lines.findIndex(({ n }) => n === top.current?.n)
    const [offset] = rows.getOffsetForIndex(index, 'start') ?? []
    if (index < 0 || offset === undefined || !top.current) return
    rows.scrollToOffset(offset + top.current.beyondPx)
    // only what was put before it moves it
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [first])
  return () => {
    const scrollTop = frame.current?.scrollTop ?? 0
    const item = rows.getVirtualItemForOffset(scrollTop)
    const line = item && lines[item.index]
    top.current = line && { n: line.n, beyondPx: scrollTop - item.start }
  }
}
