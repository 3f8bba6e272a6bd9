// Thirty days pass at the banks; what they bring is pulled and synced, step by step, watched.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { connectionsQuery, isActive, jobQuery, startJob } from '../api/engine.ts'
import { useMay } from '../api/may.ts'
import { pullQuery, startPull } from '../api/plaid.ts'
import { commandWorld } from '../api/web.ts'
import { Button } from '../parts/button.tsx'
import { Failure } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { count } from '../words/numbers.ts'
import css from './link.module.css'

const everyMs = 500

interface Step {
  text: string
  isDone: boolean
}

export function Month() {
  const may = useMay('operator')
  const client = useQueryClient()
  const [steps, setSteps] = useState<Step[]>([])
  const [job, setJob] = useState<number>()
  const begin = (text: string) =>
    setSteps((old) => [...old.map((step) => ({ ...step, isDone: true })), { text, isDone: false }])
  const until = async <T,>(ask: () => Promise<T>, isOver: (answer: T) => boolean): Promise<T> => {
    for (;;) {
      const answer = await ask()
      if (isOver(answer)) return answer
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
  const month = useMutation({
    mutationFn: async () => {
      setSteps([])
      setJob(undefined)
      begin('The banks’ clock moves on thirty days')
      await commandWorld({ advance: '30d' })
      begin('The banks are pulled')
      const { id } = await startPull()
      const ask = () => client.fetchQuery({ ...pullQuery(id), staleTime: 0 })
      const pulled = await until(ask, ({ status }) => status !== 'running')
      const { added, modified, removed } = pulled.totals
      begin(`Pulled: ${count(added)} new, ${count(modified)} changed, ${count(removed)} gone`)
      const [connection] = await client.fetchQuery(connectionsQuery)
      if (connection === undefined) return
      const { jobId } = await startJob(connection.connectionId)
      begin(`Job ${jobId} carries them into the warehouse`)
      const told = () => client.fetchQuery({ ...jobQuery(jobId), staleTime: 0 })
      const ended = await until(told, (info) => !isActive(info.job.status))
      begin(`Job ${jobId} ${ended.job.status}`)
      setJob(jobId)
    },
    onSettled: () => {
      setSteps((old) => old.map((step) => ({ ...step, isDone: true })))
      void client.invalidateQueries()
    },
  })
  return (
    <div className={css['card']}>
      <div className={css['buttons']}>
        <Button look="main" refused={may} busy={month.isPending} onClick={() => month.mutate()}>
          Let a month pass
        </Button>
        {job !== undefined && (
          <Link to="/jobs/$id" params={{ id: String(job) }}>
            Look at job {job}
          </Link>
        )}
      </div>
      <ol aria-live="polite" aria-label="What happens" hidden={steps.length === 0}>
        {steps.map(({ text, isDone }) => (
          <li key={text} className={css['wait']}>
            <Shape tone={isDone ? 'fresh' : 'running'} /> {text}
          </li>
        ))}
      </ol>
      {month.isError && (
        <p role="alert">
          <Failure of={month.error} />
        </p>
      )}
    </div>
  )
}
