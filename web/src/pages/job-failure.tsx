// Why an attempt failed: a sentence, what kind of failure, from where; the connector's own words
// behind it.
import type { Attempt } from '../api/engine.ts'
import { CopyButton } from '../parts/copy.tsx'
import { Section } from '../parts/page.tsx'
import { Bank } from '../parts/said.tsx'
import { logText } from '../words/hostile.ts'
import css from './job.module.css'

interface Props {
  attempt: Attempt
  number: number
  retries: boolean
}

const kinds: Record<string, string> = {
  config_error: 'something for you to mend',
  transient_error: 'transient',
  system_error: 'a fault of the program',
  manual_cancellation: 'cancelled by somebody',
  heartbeat_timeout: 'nothing came for too long',
  destination_timeout: 'the destination took too long',
}

export function FailureCard({ attempt: { failureSummary }, number, retries }: Props) {
  return (
    <Section title={`Why attempt ${number} failed`}>
      {failureSummary?.failures.map((failure) => {
        const { failureOrigin, failureType, externalMessage, internalMessage, stacktrace } = failure
        const more = [internalMessage, stacktrace].filter((text) => text !== undefined)
        const whole = [externalMessage, `${failureType} · ${failureOrigin}`, ...more].join('\n')
        return (
          <div key={whole} className={css['failure']}>
            <p>
              <Bank text={externalMessage} whole />
            </p>
            <p className={css['origin']}>
              {kinds[failureType] ?? failureType} · {failureOrigin}
              {retries && ' · it is tried again by itself'}
            </p>
            {more.length > 0 && (
              <details>
                <summary>The connector’s own words</summary>
                <pre>{more.map(logText).join('\n\n')}</pre>
              </details>
            )}
            <CopyButton text={whole} label="Copy all" />
          </div>
        )
      })}
    </Section>
  )
}
