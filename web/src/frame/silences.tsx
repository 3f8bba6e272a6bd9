// Who is not heard: above every page, with the moment as of which it shows what they told.
import { useSilences } from '../api/events.ts'
import { Bank, When } from '../parts/said.tsx'
import css from './silences.module.css'

export function Silences() {
  const silences = useSilences()
  return (
    <div role="status" aria-label="what is not heard">
      {silences.map(({ service, since, message }) => (
        <p key={service} className={css['silence']}>
          <b>{service}</b>
          <Bank text={afterName(service, message)} whole />. What it told is from{' '}
          <When at={since} />; it is asked again by itself.
        </p>
      ))}
    </div>
  )
}

/** Most messages begin with the name themselves. */
function afterName(service: string, message: string): string {
  return message.startsWith(service) ? message.slice(service.length) : `: ${message}`
}
