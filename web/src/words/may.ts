// What a role opens. The truth is the web server's table of routes, to which a test holds this one:
// here it is said before it is asked for, so that nobody is led to what refuses them.
import type { Role } from '../../../src/web-server/shapes.ts'

export const roles = ['viewer', 'operator', 'admin'] as const satisfies Role[]

/** Pages that are of no use to a lesser role; every other one is for all. */
export const pages: Record<string, Role | undefined> = {
  '/banks/link': 'operator',
  '/data/sql': 'operator',
  // its figures are asked for in SQL
  '/money': 'operator',
  '/connections/new': 'admin',
  '/sources/new': 'admin',
  '/destinations/new': 'admin',
  '/settings?tab=users': 'admin',
  '/settings?tab=invitations': 'admin',
  '/settings?tab=keys': 'admin',
  '/settings?tab=audit': 'admin',
}

/** Why somebody of this role may not, or undefined. */
export function refusal(role: Role, needed: Role): string | undefined {
  return roles.indexOf(role) >= roles.indexOf(needed)
    ? undefined
    : `This takes the role ${needed}; yours is ${role}.`
}
