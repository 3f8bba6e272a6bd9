// What tests of custom users write again and again.
import { dayOfDate } from '../../src/world/calendar.ts'

/** Noon of the test's first day, which is 2026-03-15. */
export const NOON = dayOfDate('2026-03-15') * 86_400_000 + 43_200_000

export const row = (
  transacted: string,
  posted: string,
  amount: number,
  description = 'Some shop',
) => ({ date_transacted: transacted, date_posted: posted, amount, description })

export const checking = (more: object = {}) => ({
  type: 'depository',
  subtype: 'checking',
  ...more,
})
