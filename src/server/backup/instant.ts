// An instant that a restore is to reach, as a person writes it, and which of the backups it begins
// with (pure).
import { ConfigError } from '../../std/errors.ts'
import type { Backup } from './shelf.ts'

/** ISO 8601 with its offset; or the last that there is. */
export type Until = string

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d(?::?\d\d)?)?$/

/**
 * To the microsecond, as PostgreSQL reads it, too; without an offset it is UTC. At a start it knows
 * no zone by a name yet, not even Z.
 */
export function instantOf(text: string): Until {
  if (text === 'latest') return text
  const [, day, minute, second = ':00', offset = '+00'] = TIME.exec(text.trim()) ?? []
  const digits = offset === 'Z' ? '00' : offset.slice(3).replace(':', '') || '00'
  const zone = `${offset === 'Z' ? '+00' : offset.slice(0, 3)}:${digits}`
  const time = `${day}T${minute}${second}${zone}`
  if (!Number.isNaN(Date.parse(time))) return time
  const sentence = `--until ${text}: say latest, or a time: 2026-11-26T10:15:00Z, or with +01:00`
  throw new ConfigError('INSTANT_INVALID', sentence, { field: '--until' })
}

/** The newest that was whole by then. */
export function baseFor(backups: readonly Backup[], until: Until): Backup {
  const bases = backups
    .filter(({ manifest }) => manifest.base)
    .toSorted((a, b) => Date.parse(a.manifest.takenAt) - Date.parse(b.manifest.takenAt))
  const [first] = bases
  if (!first) {
    const sentence =
      'no physical backup is here: with TARTAN_BACKUP_WAL_MINUTES they are taken, and only they ' +
      'reach an instant'
    throw new ConfigError('BACKUP_MISSING', sentence)
  }
  return requireAfter(bases.findLast((one) => isBy(one, until)) ?? first, until)
}

/** A backup that was whole by then. */
export function requireAfter(backup: Backup, until: Until): Backup {
  if (isBy(backup, until)) return backup
  const sentence = `${until} is before the backup was whole: ${rangeText(backup.manifest.takenAt)}`
  throw new ConfigError('INSTANT_NOT_REACHED', sentence)
}

function isBy({ manifest }: Backup, until: Until): boolean {
  return until === 'latest' || Date.parse(manifest.takenAt) <= Date.parse(until)
}

/** `lastAt` is of the last change that was replayed, if there was one. */
export function rangeReplayed(from: string, lastAt: string | undefined): string {
  const last = lastAt === undefined ? from : instantOf(lastAt)
  // One of before the backup was whole may be the last.
  return rangeText(from, Date.parse(last) > Date.parse(from) ? last : from)
}

function rangeText(from: string, end = 'the last change that was kept'): string {
  return `possible is from ${from} to ${end}; the end itself is --until latest`
}
