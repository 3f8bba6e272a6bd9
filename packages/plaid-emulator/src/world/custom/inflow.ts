// A custom account's inflow model: income once a month, or a debt's payment, with the interest that
// the debt gathers.
import { type CalendarDay, calendarDay } from '../calendar.ts'
import { describedPayee } from '../described-payee.ts'
import { settledCourse } from '../lifecycle.ts'
import { centsOf } from '../money.ts'
import type { Payee } from '../payee.ts'
import { PAYEES } from '../payees.ts'
import type { Movement } from '../persona.ts'
import { hour } from '../rules.ts'
import type { CustomAccount } from './schema.ts'

/** What is owed on a day. */
export interface Debt {
  /** That gathers interest. */
  owed: number
  /** That a statement of today asks for. */
  due: number
  /** What the last statement asked for. */
  statement: number
}

export type Inflow = Pick<Movement, 'payee' | 'cents' | 'occurredAt' | 'course'>

/** What the model brings today; a statement that closes today stays in `debt`. */
export function inflowOf(given: CustomAccount, date: CalendarDay, debt: Debt): Inflow[] {
  const { inflow_model: model, liability } = given
  if (model === undefined || model.type === 'none') return []
  const name = model.transaction_name ?? ''
  const pays = isDay(date, model.payment_day_of_month)
  if (model.type === 'monthly-income') {
    const amount = -centsOf(model.income_amount ?? 0)
    return pays ? [row(describedPayee(name, amount), amount, hour(date, 6))] : []
  }
  const rows: Inflow[] = []
  if (isDay(date, model.statement_day_of_month)) {
    const interest = interestOf(liability, debt.owed)
    if (interest > 0) rows.push(row(PAYEES.loanInterest, interest, hour(date, 4)))
    const whole = model.type === 'monthly-balance-payment'
    debt.statement = whole ? debt.due + interest : interest
  }
  if (pays && debt.statement > 0) {
    rows.push(row(describedPayee(name, -debt.statement), -debt.statement, hour(date, 6)))
    debt.statement = 0
  }
  return rows
}

function row(payee: Payee, amount: number, occurredAt: number): Inflow {
  return { payee, cents: amount, occurredAt, course: settledCourse(occurredAt, amount) }
}

/** A month's; the purchases' rate is the only one that counts, as with Plaid. */
function interestOf(liability: CustomAccount['liability'], owed: number): number {
  const percent = liability?.purchase_apr ?? liability?.nominal_apr ?? 0
  return Math.max(0, Math.round((owed * percent) / 1_200))
}

function isDay(date: CalendarDay, wanted: number | string | undefined): boolean {
  if (wanted === 'last') return calendarDay(date.day + 1).dayOfMonth === 1
  return Number(wanted) === date.dayOfMonth
}
