// A query's plan as a tree: what is done, what it costs by the planner's guess.
import { visible } from '../words/hostile.ts'
import { exact } from '../words/numbers.ts'
import css from './sql.module.css'

export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Total Cost': number
  'Plan Rows': number
  Plans?: PlanNode[]
}

export function Plan({ of }: { of: PlanNode }) {
  return (
    <ul className={css['plan']} aria-label="Plan">
      <Node of={of} />
    </ul>
  )
}

function Node({ of }: { of: PlanNode }) {
  const on = of['Index Name'] ?? of['Relation Name']
  return (
    <li>
      <b>{visible(of['Node Type'])}</b>
      {on !== undefined && <code> {visible(on)}</code>}
      <span>
        {' '}
        about {exact(of['Plan Rows'])} rows, cost {exact(Math.round(of['Total Cost']))}
      </span>
      {of.Plans !== undefined && (
        <ul>
          {of.Plans.map((plan, i) => (
            <Node key={`${plan['Node Type']} ${i}`} of={plan} />
          ))}
        </ul>
      )}
    </li>
  )
}
