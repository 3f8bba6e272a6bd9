// What whoever is here may do, and where they may go. Until it is known who that is: look.
import { useQuery } from '@tanstack/react-query'
import { pages, refusal } from '../words/may.ts'
import { type Role, sessionQuery } from './session.ts'

function useRole(): Role {
  return useQuery(sessionQuery).data?.user.role ?? 'viewer'
}

/** Why they may not do what takes this role, or undefined. */
export function useMay(needed: Role): string | undefined {
  return refusal(useRole(), needed)
}

/** Why a page would refuse them, or undefined. */
export function useMayGo(): (to: string) => string | undefined {
  const role = useRole()
  return (to) => refusal(role, pages[to] ?? 'viewer')
}
