// What becomes of an alert from one look to the next (pure). A condition that holds for as long as
// its rule says fires, once; it is told again after a stated time, and told to be over when it has
// been well for a while: what comes and goes each minute is one incident, not sixty messages. What
// could not be looked at is neither here nor gone.
import { breach, type Rule, titleOf } from './rules.ts'
import type { Fact, Facts } from './fact.ts'

/** Times are milliseconds since the epoch. */
export interface Incident {
  id: string
  rule: string
  labels: Record<string, string>
  severity: string
  title: string
  /** Which ones, or what was said. */
  detail: string | null
  connectionId: string | null
  value: number
  since: number
  /** Null until it has held for as long as its rule says. */
  firedAt: number | null
  /** Since when it is well again. */
  wellSince: number | null
  toldAt: number | null
  /** What it was when it was told last. */
  toldValue: number | null
  endedAt: number | null
}

export type Told = 'fired' | 'again' | 'over'

export interface Notice {
  told: Told
  incident: Incident
}

export interface Silence {
  rule: string
  /** Null: whatever it is about. */
  labels: Record<string, string> | null
}

export interface Look {
  facts: Facts
  rules: readonly Rule[]
  open: readonly Incident[]
  silences: readonly Silence[]
  now: number
  repeatMs: number
  newId: () => string
}

export interface Judged {
  /** As they are now: new, changed, or ended. */
  incidents: Incident[]
  /** Those that nobody was told of, and that are well: as if they had never been. */
  forgotten: string[]
  notices: Notice[]
}

/** How long it has to be well. */
export const calmMs = 5 * 60_000
/** Where one more is news, it is told at most so often. */
export const growthMs = 60 * 60_000

export function judge(look: Look): Judged {
  const { now, open, facts } = look
  const judged: Judged = { incidents: [], forgotten: [], notices: [] }
  const left = new Map(open.map((one) => [keyOf(one.rule, one.labels), one]))
  for (const rule of look.rules) {
    for (const fact of facts.told) {
      const value = breach(rule, fact, now / 1_000)
      if (value === undefined) continue
      const key = keyOf(rule.name, fact.labels)
      const before = left.get(key) ?? begun(look, rule, fact)
      left.delete(key)
      settle(look, rule, seen(before, rule, fact, value, now), judged)
    }
  }
  for (const one of left.values()) {
    const rule = look.rules.find(({ name }) => name === one.rule)
    // A rule that there is no more has nobody to say that it is well.
    if (rule && !facts.known.has(rule.metric)) continue
    settleWell(one, now, judged)
  }
  return judged
}

function begun({ now, newId }: Look, rule: Rule, fact: Fact): Incident {
  return {
    id: newId(),
    rule: rule.name,
    labels: { ...fact.labels },
    severity: rule.severity,
    title: '',
    detail: null,
    connectionId: null,
    value: 0,
    since: now,
    firedAt: null,
    wellSince: null,
    toldAt: null,
    toldValue: null,
    endedAt: null,
  }
}

function seen(one: Incident, rule: Rule, fact: Fact, value: number, now: number): Incident {
  const holds = now - one.since >= rule.forSeconds * 1_000
  return {
    ...one,
    severity: rule.severity,
    title: titleOf(rule, fact.labels, value),
    detail: fact.detail ?? null,
    connectionId: fact.connectionId ?? null,
    value,
    wellSince: null,
    firedAt: one.firedAt ?? (holds ? now : null),
  }
}

function settle(look: Look, rule: Rule, one: Incident, judged: Judged): void {
  const isQuiet = one.firedAt === null || silenceOf(one, look.silences) !== undefined
  const told = isQuiet ? undefined : toTell(look, rule, one)
  const incident = told ? { ...one, toldAt: look.now, toldValue: one.value } : one
  judged.incidents.push(incident)
  if (told) judged.notices.push({ told, incident })
}

function toTell({ now, repeatMs }: Look, rule: Rule, one: Incident): Told | undefined {
  if (one.toldAt === null) return 'fired'
  const passed = now - one.toldAt
  const isMore = rule.counts === true && one.value > (one.toldValue ?? Infinity)
  return passed >= repeatMs || (isMore && passed >= growthMs) ? 'again' : undefined
}

function settleWell(one: Incident, now: number, judged: Judged): void {
  if (one.firedAt === null) {
    judged.forgotten.push(one.id)
    return
  }
  const wellSince = one.wellSince ?? now
  const isOver = now - wellSince >= calmMs
  const incident = { ...one, wellSince, endedAt: isOver ? now : null }
  judged.incidents.push(incident)
  // Whoever was told that it is there is told that it is over, be it silenced meanwhile.
  if (isOver && one.toldAt !== null) judged.notices.push({ told: 'over', incident })
}

/** The one that keeps it from being told. */
export function silenceOf<S extends Silence>(
  one: Pick<Incident, 'rule' | 'labels'>,
  silences: readonly S[],
): S | undefined {
  return silences.find(({ rule, labels }) => {
    if (rule !== one.rule) return false
    return labels === null || keyOf(rule, labels) === keyOf(rule, one.labels)
  })
}

/** Of the same thing, whatever the order of its labels. */
export function keyOf(rule: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([rule, ...sorted])
}
