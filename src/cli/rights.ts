// The flags with which a key or a client is made: what it may do, until when, and how often.
import { type Command, Option } from 'commander'
import { keyLimits } from '../std/key-limits.ts'
import { type Scope, scopes } from '../std/scope.ts'
import { wholeNumber } from './whole-number.ts'

export interface RightsOptions {
  scope: Scope
  days?: number
  perMinute: number
}

export function rightsOptions(command: Command): Command {
  const scope = new Option('--scope <scope>', 'what it may do; each holds those before it')
  const days = new Option('--days <days>', 'how long it opens; else until it is revoked')
  const perMinute = new Option('--per-minute <requests>', 'how many requests a minute it may make')
  return command
    .addOption(scope.choices(scopes).default('read'))
    .addOption(days.argParser(wholeNumber(1, keyLimits.daysMax)))
    .addOption(
      perMinute
        .default(keyLimits.perMinuteDefault)
        .argParser(wholeNumber(1, keyLimits.perMinuteMax)),
    )
}
