// Where it goes on from a place that is empty.
import { Link } from '@tanstack/react-router'
import { buttonClass } from './button.tsx'

export function ToSyncs() {
  return (
    <Link to="/connections" className={buttonClass()}>
      Syncs
    </Link>
  )
}

export function LinkABank({ look }: { look?: 'main' }) {
  return (
    <Link to="/banks/link" className={buttonClass(look)}>
      Link a bank
    </Link>
  )
}
