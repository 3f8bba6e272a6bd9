// How alerts stand, as it is told by the command line and to the web app.

export interface AlertView {
  id: string
  rule: string
  severity: 'critical' | 'warning' | 'info'
  labels: Record<string, string>
  title: string
  /** Which ones, or what was said. */
  detail: string | null
  /** What to do. */
  todo: string
  value: number
  since: string
  /** Null until it has held for as long as its rule says. */
  fired_at: string | null
  told_at: string | null
  /** Since when it is well again: soon it is over. */
  well_since: string | null
  ended_at: string | null
  /** The silence that keeps it from being told. */
  silence_id: string | null
}

export interface SilenceView {
  id: string
  rule: string
  /** Null: whatever it is about. */
  labels: Record<string, string> | null
  reason: string
  made_by: string
  made_at: string
  ends_at: string
}

export interface WayView {
  way: string
  waiting: number
  waiting_since: string | null
  sent_at: string | null
  /** Why the last was not taken; null where all are well. */
  error: string | null
}

export interface AlertsView {
  firing: AlertView[]
  /** What does not hold long enough yet. */
  pending: AlertView[]
  /** Newest first. */
  ended: AlertView[]
  silences: SilenceView[]
  /** Those that the options name. */
  ways: WayView[]
}
