// The way to the first minute's page: offered on the Overview until somebody has put it away.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { remember, rememberedQuery } from '../api/settings.ts'
import { Button, buttonClass } from '../parts/button.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import css from './welcome.module.css'

export function Invitation() {
  const { data } = useQuery(rememberedQuery)
  const dismiss = useDismiss()
  if (data === undefined || data['welcome.dismissed'] === true) return null
  return (
    <aside className={css['invitation']} aria-label="Welcome">
      <p>Here for the first time? See what is here, and what to do with it.</p>
      <Link to="/welcome" className={buttonClass('main')}>
        The first minute
      </Link>
      <Button busy={dismiss.isPending} onClick={() => dismiss.mutate()}>
        Put it away
      </Button>
    </aside>
  )
}

/** Once for all, on every machine of this person. */
export function useDismiss(done?: () => void) {
  return useMutation({
    mutationFn: () => remember('welcome.dismissed', () => true),
    ...(done === undefined ? {} : { onSuccess: done }),
    onError: sayTrouble,
  })
}
