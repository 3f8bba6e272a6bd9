// What a message says, in each of the forms that its readers know (pure): a person's text, Slack's
// blocks, Airbyte's notification, and our own JSON. Names of connections and of banks are in it,
// since nobody could act without them; no amount, no account, no token (L5).
import { type Incident, type Notice, type Told } from './judge.ts'
import { duration, ruleNamed } from './rules.ts'
import type { FailedSync } from '../store/facts.ts'

export interface Body {
  /** None: a test. */
  notices: Notice[]
}

/** What is sent, under an id that is the same however often it is. */
export interface Outgoing extends Body {
  id: string
  /** Milliseconds since the epoch. */
  now: number
  /** Where the web app is. */
  link: string
}

const noticesNamedMax = 20

const TOLD: Record<Told, string> = { fired: '', again: 'still: ', over: 'over: ' }

export function subjectOf({ notices }: Body): string {
  const [first, ...others] = notices
  if (!first) return 'Tartan: a test of the alerts'
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `Tartan: ${headline(first)}${more}`
}

function headline({ told, incident }: Notice): string {
  return `${TOLD[told]}${incident.title}`
}

export function textOf(message: Outgoing): string {
  const { notices, link, now } = message
  if (notices.length === 0) {
    return `This is a test: alerts of Tartan reach you by this way.\n\n${link}alerts\n`
  }
  const named = notices.slice(0, noticesNamedMax).map((notice) => paragraph(notice, now))
  const more = notices.length - named.length
  if (more > 0) named.push(`… and ${more} more.`)
  return `${named.join('\n\n')}\n\n${link}alerts\n`
}

function paragraph(notice: Notice, now: number): string {
  const { told, incident } = notice
  const { severity, since, detail, endedAt } = incident
  const lasted = duration(((endedAt ?? now) - since) / 1_000)
  if (told === 'over') return `${headline(notice)}\nIt lasted ${lasted}.`
  const lines = [`${headline(notice)} (${severity})`]
  if (detail !== null) lines.push(short(detail))
  lines.push(todoOf(incident))
  if (told === 'again') lines.push(`Since ${lasted}.`)
  return lines.join('\n')
}

function todoOf({ rule }: Incident): string {
  return ruleNamed(rule)?.todo ?? ''
}

const detailCharsMax = 300

/** What a connector or a server said may be of any length. */
function short(text: string): string {
  return text.length > detailCharsMax ? `${text.slice(0, detailCharsMax)}…` : text
}

/** Slack, and whatever takes what Slack takes: Mattermost, Discord's /slack, Google by a bridge. */
export function slackBody(message: Outgoing): object {
  return { text: escaped(subjectOf(message)), blocks: blocksOf(message) }
}

const sectionCharsMax = 2_900

function blocksOf(message: Outgoing): object[] {
  const text = escaped(textOf(message)).slice(0, sectionCharsMax)
  return [{ type: 'section', text: { type: 'mrkdwn', text } }]
}

/** As Slack asks for; else a bank’s name could call a whole channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Our own; its fields are in docs/alerts.md. */
export function jsonBody(message: Outgoing): object {
  const { id, notices, now, link } = message
  return {
    id,
    type: notices.length === 0 ? 'test' : 'alerts',
    sent_at: iso(now),
    text: subjectOf(message),
    link: `${link}alerts`,
    alerts: notices.map(({ told, incident }) => alertOf(incident, told)),
  }
}

function alertOf(incident: Incident, told?: Told): object {
  const { severity, rule, labels, title, detail, value } = incident
  return {
    id: incident.id,
    ...(told ? { told } : {}),
    rule,
    severity,
    labels,
    title,
    detail: detail === null ? null : short(detail),
    todo: todoOf(incident),
    value,
    since: iso(incident.since),
    fired_at: isoOrNull(incident.firedAt),
    told_at: isoOrNull(incident.toldAt),
    well_since: isoOrNull(incident.wellSince),
    ended_at: isoOrNull(incident.endedAt),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}

/**
 * As Airbyte's own notifications are: of a sync that failed all about it, of everything else the
 * text alone. Source: NotificationClient of airbyte-platform.
 */
export function airbyteBody(message: Outgoing, sync: FailedSync | undefined): object {
  const text = subjectOf(message)
  const told = { text: escaped(text), blocks: blocksOf(message) }
  return sync === undefined ? told : { ...told, data: syncData(sync, message.link) }
}

function syncData(sync: FailedSync, link: string): object {
  const seconds = Math.max(0, Math.round(sync.finishedAt - sync.startedAt))
  const [bytesEmitted, bytesCommitted] = [Number(sync.bytesEmitted), Number(sync.bytesCommitted)]
  const at = (path: string) => `${link}${path}`
  return {
    workspace: { id: sync.workspaceId, name: sync.workspaceName, url: link },
    connection: {
      id: sync.connectionId,
      name: sync.connectionName,
      url: at(`connections/${sync.connectionId}`),
    },
    source: { id: sync.sourceId, name: sync.sourceName, url: at(`sources/${sync.sourceId}`) },
    destination: {
      id: sync.destinationId,
      name: sync.destinationName,
      url: at(`destinations/${sync.destinationId}`),
    },
    jobId: Number(sync.jobId),
    success: false,
    startedAt: iso(sync.startedAt * 1_000),
    finishedAt: iso(sync.finishedAt * 1_000),
    bytesEmitted,
    bytesCommitted,
    recordsEmitted: Number(sync.recordsEmitted),
    recordsCommitted: Number(sync.recordsCommitted),
    bytesEmittedFormatted: bytesText(bytesEmitted),
    bytesCommittedFormatted: bytesText(bytesCommitted),
    errorMessage: short(sync.failure?.externalMessage ?? ''),
    errorType: sync.failure?.failureType ?? null,
    errorOrigin: sync.failure?.failureOrigin ?? null,
    durationInSeconds: seconds,
    durationFormatted: `${Math.floor(seconds / 60)} min ${seconds % 60} sec`,
  }
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

function bytesText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1_000 && unit < BYTE_UNITS.length - 1) {
    size /= 1_000
    unit += 1
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${BYTE_UNITS[unit]}`
}
