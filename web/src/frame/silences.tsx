// Who is not heard: above every page, with the moment as of which it shows what they told.
import { useSilences } from '../api/events.ts'
import { Bank, When } from '../parts/said.tsx'
import { capital } from '../words/capital.ts'
import css from './silences.module.css'

export function Silences() {
  const silences = useSilences()
  return (
    <div role="status" aria-label="what is not heard">
      {silences.map(({ service, since, message }) => (
        <p key={service} className={css['silence']}>
          {!message.startsWith(service) && (
            <>
              <b>{service}</b>:{' '}
            </>
          )}
          <Bank text={capital(message)} whole />. What it told is from <When at={since} />; it is
          asked again by itself.
        </p>
      ))}
    </div>
  )
}
