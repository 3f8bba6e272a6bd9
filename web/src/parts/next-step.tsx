// Where it goes on from a place that is empty.
import { Link } from '@tanstack/react-router'
import { buttonClass } from './button.tsx'
import { PageLink } from './page-link.tsx'

export function ToSyncs() {
  return (
    <Link to="/connections" className={buttonClass()}>
      Syncs
    </Link>
  )
}

export function LinkABank({ look = 'plain' }: { look?: 'plain' | 'main' }) {
  return (
    <PageLink to="/banks/link" look={look}>
      Link a bank
    </PageLink>
  )
}
