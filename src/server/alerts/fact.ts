// What is known of the whole at one moment: the numbers that Prometheus is told, and what a person
// wants to know beside them.
import type { MetricName } from '../../std/metric-table.ts'
import type { Sample } from '../../std/samples.ts'

export interface Fact extends Sample {
  /** In words, for a message: which banks, what a connector said. No label: it has no bound. */
  detail?: string
  connectionId?: string
}

export interface Facts {
  told: Fact[]
  /** What could be looked at, whether there was anything to tell or not. */
  known: ReadonlySet<MetricName>
}
