// What a service of ours writes, as it does; it follows until somebody scrolls up.
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { followServiceLog, type Told } from '../api/service-log.ts'
import { Failure } from '../parts/shown.tsx'
import { logText } from '../words/hostile.ts'
import css from './connection.module.css'

const endPx = 24

export function ServiceLog({ service }: { service: string }) {
  const [told, setTold] = useState<Told>()
  const frame = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    const left = new AbortController()
    void followServiceLog(service, setTold, left.signal)
    return () => left.abort()
  }, [service])
  const text = (told?.lines ?? []).map(logText).join('\n')
  useLayoutEffect(() => {
    if (text === '' || !isAtEnd.current || !frame.current) return
    frame.current.scrollTop = frame.current.scrollHeight
  }, [text])
  const onScroll = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = frame.current ?? {}
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - endPx
  }
  return (
    <>
      {told?.failure !== undefined && (
        <p role="alert">
          <Failure of={told.failure} />
        </p>
      )}
      <pre
        ref={frame}
        className={css['json']}
        role="log"
        aria-label={`Log of ${service}`}
        // a log is scrolled by keys too
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={onScroll}
      >
        {text}
      </pre>
    </>
  )
}
