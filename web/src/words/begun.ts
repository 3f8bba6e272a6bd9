// Who or what began a job.
import type { JobRead } from '../../../src/engine/api/config-shapes.ts'

const kinds = {
  schedule: 'its schedule',
  source: 'its source’s news',
  client: 'a client of the API',
  person: 'a person',
  command: 'a command',
}

export function begunBy({ begunBy: begun }: Pick<JobRead, 'begunBy'>): string {
  if (begun === undefined) return 'unknown'
  const { kind, name } = begun
  if (name === undefined) return kinds[kind]
  if (kind === 'client') return `the client ${name}`
  return kind === 'command' ? `${name} by a command` : name
}
