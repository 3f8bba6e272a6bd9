// Alerts: what is wrong at this moment, who is told of it, and what is kept quiet.
import { queryOptions } from '@tanstack/react-query'
import type * as server from '../../../src/server/alerts/shapes.ts'
import { call } from './call.ts'

export type AlertView = server.AlertView
export type SilenceView = server.SilenceView
export type WayView = server.WayView

export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  queryFn: ({ signal }) => call<server.AlertsView>('web/alerts', { signal }),
})

/** It fires, somebody has to do something soon, and nobody said that it is known. */
export function isUrgent({ severity, silence_id: silence }: AlertView): boolean {
  return severity !== 'info' && silence === null
}

export interface AskedSilence {
  rule: string
  labels: Record<string, string> | null
  reason: string
  hours: number
}

export function silence(asked: AskedSilence): Promise<unknown> {
  return call('web/alerts/silences', { method: 'POST', body: asked })
}

export function unsilence(id: string): Promise<unknown> {
  return call(`web/alerts/silences/${id}`, { method: 'DELETE' })
}

export function testWays(): Promise<unknown> {
  return call('web/alerts/test', { method: 'POST' })
}
