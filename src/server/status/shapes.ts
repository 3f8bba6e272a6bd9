// How the processes are, as it is told.

export interface ProcessReport {
  name: string
  state: string
  pid?: number
  port?: number
  uptime_ms?: number
  restarts: number
  /** Left out where something else starts them. */
  restarts_last_hour?: number
  last_end?: string
  note?: string
}

/** The processes, as the supervisor's file tells of them. */
export interface Processes {
  /** `running` only while the supervisor and every process do. */
  phase: string
  failure?: string
  /** Why the web app shows a plain page, where it does. */
  web?: string
  /** That it is full, where it is. */
  disk?: string
  processes: ProcessReport[]
}

/** What is told without asking any of the services. */
export interface Installation extends Processes {
  plaid_env: string
  data_folder: string
  databases: { name: string; address: string }[]
}
